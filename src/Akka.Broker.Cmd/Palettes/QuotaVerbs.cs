using System.Globalization;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>How fast clients may be, by their client ids: what holds, where it comes from, and changing it at run time.</summary>
internal static class QuotaVerbs
{
    private const string Client = "client";
    private const string Others = "others";
    private const string Set = "quota";
    private const string Unset = "unset-quota";

    private static readonly string QuotaHelp = $"NAME=VALUE; names are {string.Join(", ", ClientQuota.All.Select(q => q.Name))}";

    public static Verb List { get; } = new VerbBuilder("quotas", "The quotas that clients were given, or those that hold for one client", ListAsync)
        .Takes(Client, "What holds for this client id, and where it comes from", "-i").Formatted().Build();

    public static Verb Alter { get; } = new VerbBuilder("set-quota", "Changes quotas of clients at run time, on all brokers", AlterAsync)
        .Takes(Client, "Of this client id", "-i").Flag(Others, "Of every client id that has none of its own")
        .TakesMany(Set, $"A quota, {QuotaHelp}", "-q").TakesMany(Unset, "A quota that is taken away", "-u").Formatted().Execute().Build();

    private static Task ListAsync(VerbContext context)
    {
        context.Show(context.Arguments.Optional(Client) is { } client ? Held(context, client) : Given(context));
        return Task.CompletedTask;
    }

    private static Report Given(VerbContext context)
    {
        var quotas = context.Image.ClientQuotas;
        return Report.Of(
            ["client", "quota", "value"],
            quotas.OfOthers.Select(q => new object?[] { "(others)", q.Key, q.Value })
                .Concat(quotas.ByClientId.SelectMany(c => c.Value.Select(q => new object?[] { c.Key, q.Key, q.Value }))));
    }

    private static Report Held(VerbContext context, string client) => Report.Of(
        ["quota", "value", "source", "meaning"],
        ClientQuota.All.Select(q =>
        {
            var (value, source) = Find(context, client, q.Name);
            return new object?[] { q.Name, value, source, q.Meaning };
        }));

    private static (double? Value, string Source) Find(VerbContext context, string client, string quota)
    {
        var quotas = context.Image.ClientQuotas;
        if (quotas.Own(client).TryGetValue(quota, out var own))
            return (own, "client");
        if (quotas.OfOthers.TryGetValue(quota, out var other))
            return (other, "others");
        var limits = context.Node.Settings.Limits;
        var configured = quota switch
        {
            ClientQuota.ProducerByteRate => limits.ProducerByteRate,
            ClientQuota.ConsumerByteRate => limits.ConsumerByteRate,
            _ => long.MaxValue,
        };
        return configured == long.MaxValue ? (null, "none: no limit") : (configured, $"configuration of broker {context.Node.Settings.NodeId}");
    }

    private static async Task AlterAsync(VerbContext context)
    {
        var client = (context.Arguments.Optional(Client), context.Arguments.Flag(Others)) switch
        {
            ({ } id, false) => id,
            (null, true) => null,
            _ => throw new VerbException($"Of whom? Allowed: one of --{Client} ID, --{Others}."),
        };
        var changes = SettingsQuery.Pairs(context, Set).Select(p => (p.Name, Value: (double?)ValueOf(p))).Concat(context.Arguments.Many(Unset).Select(n => (Name: n, Value: (double?)null))).ToList();
        if (changes.Count == 0)
            throw new VerbException($"There is nothing to change; allowed: --{Set} {QuotaHelp}; --{Unset} NAME.");
        await DecideAsync(context, client, changes, validateOnly: true).ConfigureAwait(false);
        var now = context.Image.ClientQuotas.Own(client);
        context.Show(Report.Of(
            ["client", "quota", "value", "value after"],
            changes.Select(c => new object?[] { client ?? "(others)", c.Name, now.TryGetValue(c.Name, out var value) ? value : null, c.Value })));
        if (context.Executes)
            await DecideAsync(context, client, changes, validateOnly: false).ConfigureAwait(false);
        else
            context.SayHowToExecute();
    }

    /// <summary>Rates may have a unit: 10MiB.</summary>
    private static double ValueOf(SettingChange pair)
    {
        if (double.TryParse(pair.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return number;
        if (pair.Name != ClientQuota.RequestPercentage && ByteText.TryParse(pair.Value!, out var bytes))
            return bytes;
        throw new VerbException($"{pair.Name} is '{pair.Value}'; allowed: a number{(pair.Name == ClientQuota.RequestPercentage ? "" : ", or a size such as 10MiB")}.");
    }

    private static async Task DecideAsync(VerbContext context, string? client, IEnumerable<(string Name, double? Value)> changes, bool validateOnly)
    {
        var request = new AlterClientQuotasRequest
        {
            ValidateOnly = validateOnly,
            Entries =
            [
                new()
                {
                    Entity = [new() { EntityType = ClientQuota.ClientIdType, EntityName = client }],
                    Ops = [.. changes.Select(c => new AlterClientQuotasRequest.OpData { Key = c.Name, Value = c.Value ?? 0, Remove = c.Value is null })],
                },
            ],
        };
        var response = await context.AdministerAsync<AlterClientQuotasResponse>(request).ConfigureAwait(false);
        Answers.Check(response.Entries.Select(e => Answers.Problem(e.ErrorCode, e.ErrorMessage)));
    }
}
