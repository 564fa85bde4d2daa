namespace Akka.Broker.Settings;

/// <summary><c>akka.broker.kafka</c>: where the wire protocol is spoken. Never without a listener.</summary>
public sealed record KafkaSettings(IReadOnlyList<ListenerSettings> Listeners, string InterBrokerListener)
{
    /// <summary>The name of the one listener of the short form <c>kafka { host, port }</c>.</summary>
    public const string DefaultListener = "PLAINTEXT";

    private static readonly string[] ListenerKeys = ["host", "port", "advertised-host", "advertised-port"];

    internal static KafkaSettings From(SettingsReader reader)
    {
        var names = reader.ChildrenOf("kafka.listeners", ListenerKeys);
        var single = ListenerSettings.From(reader, DefaultListener, "kafka");
        var listeners = names.Count == 0 ? [single] : names.Select(n => ListenerSettings.From(reader, n, $"kafka.listeners.{n}")).ToList();
        if (names.Count > 0 && ListenerKeys.FirstOrDefault(k => reader.IsGiven($"kafka.{k}")) is { } shortForm)
        {
            reader.Mistakes.Add(
                $"{SettingsReader.Root}.kafka.{shortForm} is set beside {SettingsReader.Root}.kafka.listeners; it is short for a single listener: use one of the two.");
        }
        foreach (var doubled in listeners.Where(l => l.Port != 0).GroupBy(l => (l.Host, l.Port)).Where(g => g.Count() > 1))
        {
            reader.Mistakes.Add(
                $"{SettingsReader.Root}.kafka.listeners.{doubled.Last().Name}.port is '{doubled.Key.Port}' on {doubled.Key.Host} like that of {doubled.First().Name}; allowed: an address of its own for each listener.");
        }
        var interBroker = reader.OptionalText("kafka.inter-broker-listener") ?? listeners[0].Name;
        if (listeners.TrueForAll(l => l.Name != interBroker))
            reader.Refuse("kafka.inter-broker-listener", interBroker, string.Join(", ", listeners.Select(l => l.Name)));
        return new KafkaSettings(listeners, interBroker);
    }
}
