namespace Akka.Broker.Connections;

/// <summary>Where a broker's listener is reached.</summary>
public readonly record struct BrokerAddress(string Host, int Port)
{
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
