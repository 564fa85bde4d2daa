namespace Akka.Broker.Client.Producing;

/// <summary>What the sender knows of one broker: what is on the way there, and whether it asked for a pause. The sender's alone.</summary>
internal sealed class BrokerTraffic
{
    public int InFlight { get; set; }

    /// <summary>The broker throttles this client until then, by the monotonic clock.</summary>
    public long NotBeforeMs { get; set; }

    /// <summary>When it last took something, or first was to.</summary>
    public long LastProgressMs { get; set; }

    /// <summary>The last request is on its way.</summary>
    public Task LastSent { get; set; } = Task.CompletedTask;

    /// <summary>What is taken for its next request.</summary>
    public List<ProducerBatch> Next { get; set; } = [];

    public int NextBytes { get; set; }
}
