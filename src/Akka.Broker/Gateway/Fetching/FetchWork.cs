using Akka.Broker.Partitions;
using Akka.Broker.Protocol.Messages;
using PartitionData = Akka.Broker.Protocol.Messages.FetchResponse.PartitionData;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>One fetch on its way. Belongs to whoever carries the request. Invariant: <c>Data[i]</c> belongs to <c>Partitions[i]</c>.</summary>
/// <param name="partitions">What is to be looked at.</param>
/// <param name="session">Null: the request names all that it wants.</param>
/// <param name="isIncremental">Only news are answered.</param>
/// <param name="reader">Who asks.</param>
internal sealed class FetchWork(List<FetchedPartition> partitions, FetchSession? session, bool isIncremental, FetchReader reader)
{
    public FetchSession? Session { get; } = session;

    public bool IsIncremental { get; } = isIncremental;

    public FetchReader Reader { get; } = reader;

    public List<FetchedPartition> Partitions { get; set; } = partitions;

    /// <summary>There is nothing to wait for.</summary>
    public bool IsEmpty => Session is FollowerSession ? Session.Count == 0 : Partitions.Count == 0;

    public List<PartitionData> Data { get; } = [];

    /// <summary>What a long poll listens to, from which offset on it is worth reading again, and the watermark and bytes that were read.</summary>
    public List<(LedPartition Partition, long Offset, long Watermark, int Bytes)> Watched { get; } = [];

    public long Bytes { get; set; }

    /// <summary>For how long records were waited for, in ticks.</summary>
    public long WaitedTicks { get; set; }

    /// <summary>What there was at first was not answered.</summary>
    public bool HasWaited { get; set; }

    /// <summary>It is to be answered as it is: with an error, with something that has no size, or with what another fetch goes on from.</summary>
    public bool IsDue { get; set; }

    public void Reset()
    {
        Data.Clear();
        Watched.Clear();
        Bytes = 0;
        IsDue = false;
    }

    /// <summary>Lets the file ranges go.</summary>
    public void Release()
    {
        foreach (var data in Data)
        {
            (data.Records as IDisposable)?.Dispose();
            data.Records = MemoryRecords.Empty;
        }
    }
}
