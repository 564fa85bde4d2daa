using System.Globalization;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>
/// Something that a consumer's owner may want to see. Events come in order; they are told, nobody waits for who hears them. <see cref="object.ToString"/> is a line for a log.
/// </summary>
public abstract record ConsumerEvent
{
    private protected static string Join(IEnumerable<TopicPartition> partitions) => string.Join(", ", partitions);

    /// <summary>What failed, without where: a stack trace is for who looks at the exception.</summary>
    private protected static string Brief(Exception error) => $"{error.GetType().Name}: {error.Message}";

    private protected static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";
}

/// <summary>These partitions are consumed from now on, besides the ones before.</summary>
public sealed record PartitionsAssigned(IReadOnlyList<TopicPartition> Partitions) : ConsumerEvent
{
    public override string ToString() => $"Assigned: {Join(Partitions)}";
}

/// <summary>These were given up in order: what was finished is committed.</summary>
public sealed record PartitionsRevoked(IReadOnlyList<TopicPartition> Partitions) : ConsumerEvent
{
    public override string ToString() => $"Revoked: {Join(Partitions)}";
}

/// <summary>These are another member's already; what was finished since the last commit will be delivered again.</summary>
public sealed record PartitionsLost(IReadOnlyList<TopicPartition> Partitions) : ConsumerEvent
{
    public override string ToString() => $"Lost: {Join(Partitions)}";
}

/// <summary>A record has been in a handler's hands for long. The membership does not suffer; the record's key, or its partition, waits.</summary>
public sealed record HandlerTooSlow(TopicPartition Partition, long Offset, TimeSpan Since) : ConsumerEvent
{
    public override string ToString() => $"{Partition}@{Offset} has been in a handler's hands for {Seconds(Since)}";
}

/// <summary>A handler failed; the record is handled again after the delay.</summary>
public sealed record HandlerFailed(TopicPartition Partition, long Offset, int Attempt, Exception Error, TimeSpan Delay) : ConsumerEvent
{
    public override string ToString() => $"{Partition}@{Offset} was not handled, attempt {Attempt}: {Brief(Error)}; it is tried again in {Seconds(Delay)}";
}

/// <summary>A record that no handler could handle went to the dead-letter topic, and its partition moved on.</summary>
public sealed record RecordDeadLettered(TopicPartition Partition, long Offset, int Attempts, Exception Error, string Topic) : ConsumerEvent
{
    public override string ToString() => $"{Partition}@{Offset} went to {Topic} after {Attempts} attempts: {Brief(Error)}";
}

/// <summary>A record that no handler could handle was left behind, since there is no dead-letter topic.</summary>
public sealed record RecordSkipped(TopicPartition Partition, long Offset, int Attempts, Exception Error) : ConsumerEvent
{
    public override string ToString() => $"{Partition}@{Offset} was left behind after {Attempts} attempts, since there is no dead-letter topic: {Brief(Error)}";
}

/// <summary>There was no valid offset to go on at; one was chosen by <c>auto-offset-reset</c>.</summary>
public sealed record OffsetReset(TopicPartition Partition, long From, long To, string Reason) : ConsumerEvent
{
    public override string ToString() => $"{Partition}: {Reason}";
}

/// <summary>A new leader's log ends before records that were delivered: they are gone, and others come in their place.</summary>
public sealed record LogTruncated(TopicPartition Partition, long Delivered, long EndOffset) : ConsumerEvent
{
    public override string ToString() => $"{Partition}: records up to {Delivered} were delivered, and the new leader's log ends at {EndOffset}";
}

/// <summary>A commit failed for good; the offsets stay where they were.</summary>
public sealed record CommitFailed(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> Offsets, Exception Error) : ConsumerEvent
{
    public override string ToString() => $"Not committed: {string.Join(", ", Offsets.Select(o => $"{o.Key}@{o.Value.Offset}"))}: {Brief(Error)}";
}

/// <summary>Something else keeps records from coming; it is tried again, unless <paramref name="IsFinal"/>.</summary>
public sealed record ConsumerTroubled(string What, Exception Error, bool IsFinal) : ConsumerEvent
{
    public override string ToString() => $"{What}: {Brief(Error)}{(IsFinal ? "; the consumer has ended" : "")}";
}
