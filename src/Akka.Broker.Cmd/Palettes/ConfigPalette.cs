using System.Globalization;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Configs;
using Described = Akka.Broker.Protocol.Messages.DescribeConfigsResponse.DescribeConfigsResourceResult;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Settings of topics and brokers: what holds, where it comes from, and changing it at run time. The quotas of clients are in <see cref="QuotaVerbs"/>.</summary>
internal static class ConfigPalette
{
    private const string Topic = "topic";
    private const string Broker = "broker";
    private const string Cluster = "cluster";
    private const string Set = "set";
    private const string Unset = "unset";

    public static BrokerPalette Create() => new("config",
    [
        Targeted(new VerbBuilder("describe", "The settings of a topic, a broker or the whole cluster, and where each comes from", DescribeAsync))
            .Takes("match", "Only names that match this regular expression", "-m").Flag("changed", "Only what is not the default").Flag("explain", "With what each means").Formatted().Build(),
        Targeted(new VerbBuilder("set", "Changes settings at run time", SetAsync))
            .TakesMany(Set, "A setting, NAME=VALUE", "-s").TakesMany(Unset, "A setting that goes back to what holds without it", "-u").Formatted().Execute().Build(),
        QuotaVerbs.List,
        QuotaVerbs.Alter,
    ]);

    private static VerbBuilder Targeted(VerbBuilder verb) => verb
        .Takes(Topic, "Of this topic", "-t").Takes(Broker, "Of this broker, by its id", "-b").Flag(Cluster, "Of all brokers: what was altered at run time for every one");

    private static async Task DescribeAsync(VerbContext context)
    {
        var (type, name, broker) = Target(context);
        var pattern = context.Arguments.Optional("match") is { } text ? Selection.Compile(text) : null;
        var explains = context.Arguments.Flag("explain");
        var configs = (await SettingsQuery.DescribeAsync(context, broker, type, name).ConfigureAwait(false))
            .Where(c => pattern is null || pattern.IsMatch(c.Name))
            .Where(c => !context.Arguments.Flag("changed") || (ConfigSource)c.ConfigSource != ConfigSource.Default)
            .OrderBy(c => c.Name, StringComparer.Ordinal);
        context.Show(Report.Of(
            ["name", "value", "source", "read-only", .. explains ? (string[])["meaning"] : []],
            configs.Select(c => (object?[])[c.Name, c.Value, SourceOf(c), c.ReadOnly, .. explains ? (object?[])[c.Documentation] : []])));
    }

    private static async Task SetAsync(VerbContext context)
    {
        var changes = SettingsQuery.Pairs(context, Set).Concat(context.Arguments.Many(Unset).Select(n => new SettingChange(n, null))).ToList();
        if (changes.Count == 0)
            throw new VerbException("There is nothing to change; allowed: --set NAME=VALUE, --unset NAME.");
        var (type, name, broker) = Target(context);
        await SettingsQuery.AlterAsync(context, type, [name], changes, validateOnly: true).ConfigureAwait(false);
        var now = (await SettingsQuery.DescribeAsync(context, broker, type, name).ConfigureAwait(false)).ToDictionary(c => c.Name);
        context.Show(Report.Of(["name", "value", "source", "value after"], changes.Select(c => new object?[]
        {
            c.Name, now.GetValueOrDefault(c.Name)?.Value, now.TryGetValue(c.Name, out var known) ? SourceOf(known) : null, c.Value ?? "(what holds without it)",
        })));
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        await SettingsQuery.AlterAsync(context, type, [name], changes, validateOnly: false).ConfigureAwait(false);
    }

    /// <summary>What is meant, and which broker knows.</summary>
    private static (ConfigResourceType Type, string Name, int Broker) Target(VerbContext context)
    {
        var self = context.Node.Settings.NodeId;
        return (context.Arguments.Optional(Topic), context.Arguments.Has(Broker), context.Arguments.Flag(Cluster)) switch
        {
            ({ } topic, false, false) => (ConfigResourceType.Topic, context.Topic(topic).Name, self),
            (null, true, false) => (ConfigResourceType.Broker, context.Arguments.Int(Broker).ToString(CultureInfo.InvariantCulture), context.Arguments.Int(Broker)),
            (null, false, true) => (ConfigResourceType.Broker, "", self),
            _ => throw new VerbException($"Of what? Allowed: one of --{Topic} NAME, --{Broker} ID, --{Cluster}."),
        };
    }

    private static string SourceOf(Described config) => (ConfigSource)config.ConfigSource switch
    {
        ConfigSource.Topic => "topic",
        ConfigSource.DynamicBroker => "broker, run time",
        ConfigSource.DynamicDefaultBroker => "cluster, run time",
        ConfigSource.StaticBroker => "configuration file",
        ConfigSource.Default => "default",
        _ => "unknown",
    };
}
