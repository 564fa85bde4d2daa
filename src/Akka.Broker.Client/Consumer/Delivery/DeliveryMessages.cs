using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>Tells a <see cref="ConsumerActor"/> that its target takes so many more records. Without it none come. Not answered.</summary>
public sealed record RequestRecords(int Count);

/// <summary>Tells a <see cref="ConsumerActor"/> that a batch is done with, so that it may be committed. Not answered.</summary>
public sealed record RecordsHandled(long Batch);

/// <summary>Records of one partition, in order, for a target actor; at most as many as it has asked for.</summary>
/// <param name="Batch">For <see cref="RecordsHandled"/>.</param>
/// <param name="Partition">Of all of them.</param>
/// <param name="Records">At least one; the target may keep them.</param>
public sealed record ConsumedRecords<TKey, TValue>(long Batch, TopicPartition Partition, IReadOnlyList<ConsumerRecord<TKey, TValue>> Records);
