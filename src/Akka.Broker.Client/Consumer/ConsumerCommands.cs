using System.Text.RegularExpressions;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using Akka.Event;

namespace Akka.Broker.Client;

/// <summary>
/// What a <see cref="ConsumerActor"/> can be told. Each is answered: with what stands there, or with <see cref="Akka.Actor.Status.Failure"/> and the cause.
/// </summary>
public interface IConsumerCommand;

/// <summary>A command is carried out.</summary>
public sealed class ConsumerDone : IDeadLetterSuppression
{
    public static readonly ConsumerDone Instance = new();
}

/// <summary>Joins the group for these topics, instead of those before; none: leaves them all. Answered with <see cref="ConsumerDone"/> at once; what is assigned comes as an event.</summary>
public sealed record Subscribe(IReadOnlyList<string> Topics) : IConsumerCommand;

/// <summary>
/// Joins the group for all topics whose name the pattern matches, now and later, but for the cluster's internal ones; anchor it (<c>^orders\.</c>) where a part of the name is not
/// enough. Topics that are made or deleted are noticed when metadata is old (<c>metadata.max-age</c>). Answered with <see cref="ConsumerDone"/> at once.
/// </summary>
public sealed record SubscribePattern(Regex Pattern) : IConsumerCommand;

/// <summary>Takes exactly these partitions, without a group's help. Answered with <see cref="ConsumerDone"/>.</summary>
public sealed record AssignTo(IReadOnlyDictionary<TopicPartition, StartPoint> Partitions) : IConsumerCommand;

/// <summary>No records of these until they are resumed; what is fetched is kept. Answered with <see cref="ConsumerDone"/>.</summary>
public sealed record PausePartitions(IReadOnlyCollection<TopicPartition> Partitions) : IConsumerCommand;

public sealed record ResumePartitions(IReadOnlyCollection<TopicPartition> Partitions) : IConsumerCommand;

/// <summary>Goes on elsewhere in a partition that is assigned. Answered with <see cref="ConsumerDone"/> at once; a time is looked up then.</summary>
public sealed record SeekPartition(TopicPartition Partition, StartPoint To) : IConsumerCommand;

/// <summary>Commits what is finished of all partitions. Answered with <see cref="ConsumerDone"/> when the brokers have it.</summary>
public sealed record CommitFinished : IConsumerCommand;

/// <summary>Commits these offsets. Answered with <see cref="ConsumerDone"/> when the brokers have them.</summary>
public sealed record CommitOffsets(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> Offsets) : IConsumerCommand;

/// <summary>Answered with <see cref="CommittedOffsets"/>.</summary>
public sealed record GetCommitted(IReadOnlyCollection<TopicPartition> Partitions) : IConsumerCommand;

/// <summary>What the group has committed; partitions without an offset are missing.</summary>
public sealed record CommittedOffsets(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> Offsets);

/// <summary>Answered with <see cref="ConsumerPositions"/>.</summary>
public sealed record GetPositions : IConsumerCommand;

/// <summary>The offsets that come next; partitions whose position is not known yet are missing.</summary>
public sealed record ConsumerPositions(IReadOnlyDictionary<TopicPartition, long> Offsets, IReadOnlyList<TopicPartition> Assigned);

/// <summary>Answered with <see cref="ConsumerLag"/>.</summary>
public sealed record GetLag : IConsumerCommand;

public sealed record ConsumerLag(IReadOnlyList<PartitionLag> Partitions);

/// <summary>Answered with <see cref="ConsumerExplanation"/>.</summary>
public sealed record ExplainConsumer : IConsumerCommand;

/// <summary>Gives up the partitions, commits what is finished, leaves the group and stops. Answered with <see cref="ConsumerDone"/>.</summary>
public sealed record CloseConsumer : IConsumerCommand;

/// <summary>Where to begin in a partition.</summary>
public readonly record struct StartPoint
{
    /// <summary>Where the group has committed; without that, as <c>auto-offset-reset</c> says.</summary>
    public static readonly StartPoint Committed = new() { Kind = StartKind.Committed };

    public static readonly StartPoint Beginning = new() { Kind = StartKind.Reset, Reset = ResetPoint.Earliest };

    public static readonly StartPoint End = new() { Kind = StartKind.Reset, Reset = ResetPoint.Latest };

    internal StartKind Kind { get; private init; }

    internal long Offset { get; private init; }

    internal ResetPoint Reset { get; private init; }

    public static StartPoint At(long offset) =>
        offset >= 0
            ? new() { Kind = StartKind.Offset, Offset = offset }
            : throw new ArgumentOutOfRangeException(nameof(offset), offset, "Offsets are 0 or more.");

    /// <summary>The first record that is not older; if there is none, the end.</summary>
    public static StartPoint AtTime(DateTimeOffset time) => new() { Kind = StartKind.Reset, Reset = new ResetPoint(Math.Max(0, time.ToUnixTimeMilliseconds())) };
}

internal enum StartKind
{
    Committed,
    Offset,
    Reset,
}
