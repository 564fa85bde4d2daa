namespace Akka.Broker.MultiNode.Checking;

/// <summary>Something that a client saw or did. Times are nanoseconds of one clock that all processes of the machine share.</summary>
public abstract record HistoryEvent(long AtNs);

/// <summary>A writer begins.</summary>
/// <param name="AtNs">When.</param>
/// <param name="Writer">Its id.</param>
/// <param name="IsPromised">It asks for acks=all: what is acknowledged to it is promised to stay.</param>
/// <param name="IsIdempotent">Nothing it sends may be there twice, nor out of order.</param>
public sealed record WriterStarted(long AtNs, int Writer, bool IsPromised, bool IsIdempotent) : HistoryEvent(AtNs);

/// <summary>Handed to the client library.</summary>
public sealed record Sent(long AtNs, RecordId Id, int Partition) : HistoryEvent(AtNs);

/// <summary>Acknowledged by the partition's leader; at -1 where it said that it had the record already, and not where.</summary>
public sealed record Acked(long AtNs, RecordId Id, int Partition, long Offset) : HistoryEvent(AtNs);

/// <summary>The library has given up on it: it may be there or not.</summary>
public sealed record GaveUp(long AtNs, RecordId Id, int Partition, string Error) : HistoryEvent(AtNs);

/// <summary>A reader is about to read the partition from this offset on, or where a committed offset or the beginning puts it (-1).</summary>
public sealed record ReadFrom(long AtNs, int Reader, int Partition, long Offset) : HistoryEvent(AtNs);

/// <summary>A record was handed to a reader.</summary>
public sealed record Polled(long AtNs, int Reader, int Partition, long Offset, RecordId Id) : HistoryEvent(AtNs);

/// <summary>A reader has read all of a partition, up to this log end.</summary>
public sealed record ReachedEnd(long AtNs, int Reader, int Partition, long Offset) : HistoryEvent(AtNs);

/// <summary>A group's offset was committed, and the coordinator has said so.</summary>
public sealed record Committed(long AtNs, int Reader, int Partition, long Offset) : HistoryEvent(AtNs);

/// <summary>A member of a group was given partitions by a rebalance.</summary>
public sealed record Rebalanced(long AtNs, int Reader, string Partitions) : HistoryEvent(AtNs);

/// <summary>The test did something to the cluster.</summary>
public sealed record Fault(long AtNs, string What) : HistoryEvent(AtNs);
