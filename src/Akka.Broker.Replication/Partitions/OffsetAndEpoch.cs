namespace Akka.Broker.Replication.Partitions;

/// <summary>A leader epoch and where its records end in a log: the offset behind the last of them.</summary>
public readonly record struct OffsetAndEpoch(long Offset, int Epoch)
{
    public override string ToString() => $"offset {Offset} of epoch {Epoch}";
}
