using System.Globalization;

namespace Akka.Broker.Replication.Metadata.Configs;

/// <summary>The quotas that clients may be given at run time, under Kafka's names. Each holds on every broker by itself.</summary>
public static class ClientQuota
{
    public const string ProducerByteRate = "producer_byte_rate";
    public const string ConsumerByteRate = "consumer_byte_rate";
    public const string RequestPercentage = "request_percentage";

    /// <summary>The one type of entity that quotas are kept for: there is nobody else whom a broker without authentication could tell apart.</summary>
    public const string ClientIdType = "client-id";

    /// <summary>By name, with what each means.</summary>
    public static readonly IReadOnlyList<(string Name, string Meaning)> All =
    [
        (ConsumerByteRate, "Bytes a second that the client may fetch from a broker"),
        (ProducerByteRate, "Bytes a second that the client may produce to a broker"),
        (RequestPercentage, "Time that the client's requests may take of a broker's threads, in percent of one thread; 200 is two threads"),
    ];

    /// <summary>Why the quota cannot be so; null if it can.</summary>
    public static string? Refuse(string name, double value)
    {
        if (!All.Any(q => q.Name == name))
            return $"'{name}' is no quota of clients here; allowed: {string.Join(", ", All.Select(q => q.Name))}.";
        if (!double.IsFinite(value) || value <= 0)
            return $"{name} is {value.ToString(CultureInfo.InvariantCulture)}; allowed: above 0.";
        return name != RequestPercentage && value % 1 != 0
            ? $"{name} is {value.ToString(CultureInfo.InvariantCulture)}; allowed: whole bytes a second."
            : null;
    }
}
