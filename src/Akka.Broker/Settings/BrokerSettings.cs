using Akka.Actor;
using Akka.Broker.Replication.Metadata.Configs;
using Akka.Configuration;

namespace Akka.Broker.Settings;

/// <summary>
/// Everything under <c>akka.broker</c>, read once at start and checked whole: what is out of range, of the wrong type or unknown is refused
/// before anything is bound or written. What each key means and its default stand in <c>hocon/broker.conf</c>.
/// </summary>
public sealed record BrokerSettings
{
    public required int NodeId { get; init; }

    /// <summary>Null if the node is in no rack.</summary>
    public required string? Rack { get; init; }

    /// <summary>Data folders; the metadata log is in the first.</summary>
    public required IReadOnlyList<string> DataDirs { get; init; }

    public required KafkaSettings Kafka { get; init; }

    public required HttpSettings Http { get; init; }

    public required MetricsSettings Metrics { get; init; }

    public required OtlpSettings Otlp { get; init; }

    /// <summary>Whether log lines are JSON rather than text.</summary>
    public required bool LogsJson { get; init; }

    public required CmdSettings Cmd { get; init; }

    public required ControllerSettings Controller { get; init; }

    public required QuorumSettings Quorum { get; init; }

    public required NetworkSettings Network { get; init; }

    public required LimitSettings Limits { get; init; }

    public required TopicSettings Topics { get; init; }

    public required LogManagerSettings Logs { get; init; }

    public required ReplicaSettings Replicas { get; init; }

    public required ProducerSettings Producers { get; init; }

    public required GroupSettings Groups { get; init; }

    public required OffsetsSettings Offsets { get; init; }

    /// <summary>This broker's settings by Kafka's names, for DescribeConfigs.</summary>
    public required IReadOnlyList<StaticConfig> StaticConfigs { get; init; }

    /// <summary>The whole configuration with the shipped reference behind it: what the ActorSystem starts with.</summary>
    public required Config Hocon { get; init; }

    /// <summary><c>akka.cluster.seed-nodes</c>: whole Akka addresses. Empty: the node is a cluster by itself, which others may join.</summary>
    public IReadOnlyList<string> Seeds => [.. Hocon.GetStringList("akka.cluster.seed-nodes")];

    /// <summary>Who forms the metadata quorum at the cluster's first start, as <c>host:port</c>.</summary>
    public IReadOnlyList<string> FirstVoters => Controller.Voters.Count > 0 ? Controller.Voters : [.. Seeds.Select(s => Address.Parse(s)).Select(a => $"{a.Host}:{a.Port}")];

    /// <summary>What is allowed yet worth a line in the log.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads the settings from HOCON text over the shipped defaults.</summary>
    /// <exception cref="InvalidSettingsException">With every mistake.</exception>
    public static BrokerSettings Parse(string hocon = "") =>
        From(BrokerConfiguration.Reference(), [ConfigurationFactory.ParseString(hocon)]);

    /// <param name="reference">The shipped defaults.</param>
    /// <param name="layers">What the user gave, the weakest first.</param>
    /// <exception cref="InvalidSettingsException">With every mistake.</exception>
    internal static BrokerSettings From(Config reference, IReadOnlyList<Config> layers)
    {
        var reader = new SettingsReader(reference, layers);
        var hocon = layers.Aggregate(reference, (below, layer) => layer.WithFallback(below));
        var settings = new BrokerSettings
        {
            NodeId = reader.Int("node-id", 0),
            Rack = reader.OptionalText("rack"),
            DataDirs = ReadDataDirs(reader),
            Kafka = KafkaSettings.From(reader),
            Http = HttpSettings.From(reader),
            Metrics = MetricsSettings.From(reader),
            Otlp = OtlpSettings.From(reader),
            LogsJson = ReadLogsJson(reader),
            Cmd = CmdSettings.From(hocon, reader.Mistakes),
            Controller = ControllerSettings.From(reader),
            Quorum = QuorumSettings.From(reader),
            Network = NetworkSettings.From(reader),
            Limits = LimitSettings.From(reader),
            Topics = TopicSettings.From(reader),
            Logs = LogManagerSettings.From(reader),
            Replicas = ReplicaSettings.From(reader),
            Producers = ProducerSettings.From(reader),
            Groups = GroupSettings.From(reader),
            Offsets = OffsetsSettings.From(reader),
            StaticConfigs = [],
            Hocon = hocon,
            Warnings = [],
        };
        Publish(reader, settings);
        reader.Mistakes.AddRange(AkkaKeys.Mistakes(reference, layers));
        if (settings.Hocon.GetString("akka.actor.provider") is not ("cluster" or "Akka.Cluster.ClusterActorRefProvider, Akka.Cluster") and var provider)
            reader.Mistakes.Add($"akka.actor.provider is '{provider}'; allowed: cluster.");
        var seeds = settings.Hocon.GetValue("akka.cluster.seed-nodes").IsArray() ? settings.Seeds : [];
        foreach (var seed in seeds.Where(s => !IsAkkaAddress(s)))
            reader.Mistakes.Add($"akka.cluster.seed-nodes has '{seed}'; allowed: akka.tcp://broker@host:port.");
        reader.Finish();
        return settings with { StaticConfigs = reader.StaticConfigs, Warnings = Warn(settings) };
    }

    private static bool ReadLogsJson(SettingsReader reader)
    {
        var format = reader.Text("logging.format");
        if (format is not ("text" or "json"))
            reader.Refuse("logging.format", format, "text or json");
        return format == "json";
    }

    private static IReadOnlyList<string> ReadDataDirs(SettingsReader reader)
    {
        var dirs = reader.TextList("data-dirs");
        if (dirs.Count == 0 || dirs.Any(d => d.Length == 0))
            reader.Mistakes.Add($"{SettingsReader.Root}.data-dirs is {(dirs.Count == 0 ? "empty" : "a list with an empty path")}; allowed: at least one folder.");
        var doubled = dirs.Where(d => d.Length > 0).GroupBy(Path.GetFullPath).FirstOrDefault(g => g.Count() > 1);
        if (doubled is not null)
            reader.Refuse("data-dirs", doubled.First(), "each folder once");
        return dirs;
    }

    private static void Publish(SettingsReader reader, BrokerSettings settings)
    {
        reader.Publish("node.id", ConfigType.Int, $"{settings.NodeId}", reader.IsGiven("node-id"));
        reader.Publish("broker.id", ConfigType.Int, $"{settings.NodeId}", reader.IsGiven("node-id"));
        reader.Publish("broker.rack", ConfigType.String, settings.Rack, settings.Rack is not null);
        reader.Publish("log.dirs", ConfigType.String, string.Join(",", settings.DataDirs), reader.IsGiven("data-dirs"));
        reader.Publish("listeners", ConfigType.String, string.Join(",", settings.Kafka.Listeners.Select(l => $"{l.Name}://{l.Host}:{l.Port}")), true);
        reader.Publish("inter.broker.listener.name", ConfigType.String, settings.Kafka.InterBrokerListener, reader.IsGiven("kafka.inter-broker-listener"));
    }

    private static bool IsAkkaAddress(string text) =>
        text.StartsWith("akka.tcp://broker@", StringComparison.Ordinal) && ActorPath.TryParseAddress(text, out var address) && address.Port is not null;

    private static List<string> Warn(BrokerSettings settings)
    {
        var warnings = new List<string>();
        if (settings.Kafka.Listeners.FirstOrDefault(l => !l.IsLoopback) is { } open)
            warnings.Add($"Listener {open.Name} is bound to {open.Host}:{open.Port} without authentication: whoever reaches it can read, write and delete everything.");
        if (!settings.Cmd.IsLoopback)
            warnings.Add($"petabridge.cmd is bound to {settings.Cmd.Host}:{settings.Cmd.Port} without authentication: whoever reaches it can administer the cluster.");
        if (settings.Controller.Voters.Count is > 0 and var voters && voters % 2 == 0)
            warnings.Add($"{SettingsReader.Root}.controller.voters names {voters} voters: an even number survives no more losses than one voter less.");
        return warnings;
    }
}
