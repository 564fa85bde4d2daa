using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin;

/// <summary>A data folder of a broker.</summary>
/// <param name="Path">On the broker's machine.</param>
/// <param name="Error">None, or why it is out of use.</param>
/// <param name="TotalBytes">Of the volume; null from brokers that do not tell it.</param>
/// <param name="UsableBytes">Free on the volume; null from brokers that do not tell it.</param>
/// <param name="Replicas">What is in it.</param>
public sealed record LogDirDescription(
    string Path, ErrorCode Error, long? TotalBytes, long? UsableBytes, IReadOnlyDictionary<TopicPartition, ReplicaDescription> Replicas);

/// <summary>A replica in a data folder.</summary>
/// <param name="SizeInBytes">Of its segments.</param>
/// <param name="OffsetLag">How far it is behind the watermark or, if it is a future one, the current replica.</param>
/// <param name="IsFuture">It is about to replace one in another folder.</param>
public sealed record ReplicaDescription(long SizeInBytes, long OffsetLag, bool IsFuture);
