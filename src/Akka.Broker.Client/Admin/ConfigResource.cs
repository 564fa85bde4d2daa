namespace Akka.Broker.Client.Admin;

/// <summary>What has settings, by the protocol's numbers.</summary>
public enum ConfigResourceType : sbyte
{
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}

/// <summary>Whose settings are meant.</summary>
/// <param name="Type">Of what kind it is.</param>
/// <param name="Name">A topic's name, a broker's id; empty with <see cref="ConfigResourceType.Broker"/>: all brokers.</param>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    public static ConfigResource Broker(int id) => new(ConfigResourceType.Broker, id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What holds for every broker that does not say otherwise.</summary>
    public static ConfigResource AllBrokers { get; } = new(ConfigResourceType.Broker, "");

    public override string ToString() => Name.Length == 0 ? $"{Type} default" : $"{Type} {Name}";
}
