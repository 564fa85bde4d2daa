namespace Akka.Broker.MultiNode.Trials;

/// <summary>What load a trial puts on the cluster.</summary>
public sealed record TrialOptions
{
    public int Partitions { get; init; } = 6;

    public short Replicas { get; init; } = 3;

    public int MinInSync { get; init; } = 2;

    /// <summary>Records a second of the acks=all writer.</summary>
    public int Rate { get; init; } = 1000;

    public int RecordBytes { get; init; } = 200;

    /// <summary>A second writer into the same topic, with acks=1: what it is told is not promised.</summary>
    public bool AlsoAcksOne { get; init; }

    /// <summary>Members of a consumer group that reads the topic.</summary>
    public int Members { get; init; }

    /// <summary>For how long after each fault silences are looked for.</summary>
    public TimeSpan GapWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The cluster must be in health again so long after the last fault.</summary>
    public TimeSpan HealLimit { get; init; } = TimeSpan.FromSeconds(60);
}
