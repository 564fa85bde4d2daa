using System.Globalization;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>
/// What the arguments of that name could be, one a line: a prompt's Tab asks it, and scripts may. The kinds are the names of the arguments of all palettes, so that
/// whoever completes a line needs to know no more than which argument is being written.
/// </summary>
internal static class NamesVerb
{
    private const string Of = "of";

    public static Verb Verb { get; } = new VerbBuilder("names", "The names that there are, one a line: topics, groups, brokers, settings, clients with quotas", RunAsync)
        .Needs(Of, "Which names", "-o", "topic", "group", "broker", "node", "brokers", "config", "set", "unset", "client", "quota", "unset-quota").Build();

    private static async Task RunAsync(VerbContext context)
    {
        foreach (var name in (await NamesAsync(context).ConfigureAwait(false)).Order(StringComparer.Ordinal))
            context.Say(name);
    }

    private static async Task<IEnumerable<string>> NamesAsync(VerbContext context) => context.Arguments.Text(Of) switch
    {
        "topic" => context.Image.Topics.Keys,
        "group" => (await GroupQuery.ListAsync(context).ConfigureAwait(false)).Groups.Select(g => g.Group.GroupId),
        "broker" or "node" or "brokers" => context.Image.Brokers.Keys.Select(id => id.ToString(CultureInfo.InvariantCulture)),
        "config" or "set" => Settings().Select(n => $"{n}="),
        "unset" => Settings(),
        "client" => context.Image.ClientQuotas.ByClientId.Keys,
        "quota" => ClientQuota.All.Select(q => $"{q.Name}="),
        "unset-quota" => ClientQuota.All.Select(q => q.Name),
        var other => throw new VerbException($"There are no names of '{other}'."),
    };

    private static IEnumerable<string> Settings() => TopicConfig.All.Select(d => d.Name).Concat(BrokerConfig.Own.Select(d => d.Name)).Distinct();
}
