using System.Globalization;
using System.Text;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>Why a consumer gets records, or why not: everything that bears on it, at one moment. <see cref="ToString"/> says it in words.</summary>
public sealed record ConsumerExplanation
{
    /// <summary>One sentence: what keeps records from coming, if anything does.</summary>
    public required string Summary { get; init; }

    /// <summary>Null without a group.</summary>
    public string? GroupId { get; init; }

    /// <summary>Of the membership: Idle, Revoking, Joining, Assigning, Syncing, Stable, Leaving, Left, Failed.</summary>
    public required string State { get; init; }

    public string? MemberId { get; init; }

    public int Generation { get; init; } = -1;

    public string? Assignor { get; init; }

    public bool IsLeader { get; init; }

    /// <summary>The broker that coordinates the group; null while it is looked for.</summary>
    public int? Coordinator { get; init; }

    public TimeSpan? SinceLastHeartbeat { get; init; }

    public TimeSpan? SinceLastFetch { get; init; }

    public string? LastError { get; init; }

    /// <summary>Records are fetched and wait for somebody to ask for them.</summary>
    public bool IsWaitingForDemand { get; init; }

    public required IReadOnlyList<PartitionExplanation> Partitions { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder(Summary).AppendLine();
        if (GroupId is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"group {GroupId}: {State}, generation {Generation}, member '{MemberId}', ");
            text.Append(CultureInfo.InvariantCulture, $"coordinator {(Coordinator is { } c ? c : "unknown")}, heartbeat {Ago(SinceLastHeartbeat)}");
            text.AppendLine(LastError is null ? "" : $", last error {LastError}");
        }
        text.Append(CultureInfo.InvariantCulture, $"last fetch {Ago(SinceLastFetch)}; {Partitions.Count} partitions").AppendLine();
        foreach (var partition in Partitions)
            text.Append("  ").Append(partition).AppendLine();
        return text.ToString();
    }

    internal static string Ago(TimeSpan? since) =>
        since is { } age ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0.0} s ago") : "never";
}

/// <summary>One partition of a <see cref="ConsumerExplanation"/>.</summary>
public sealed record PartitionExplanation(TopicPartition Partition)
{
    /// <summary>Unset, Resetting, Validating, Ready, Stuck.</summary>
    public required string State { get; init; }

    public bool IsPaused { get; init; }

    /// <summary>A record of it is in a handler's hands.</summary>
    public bool IsBeingHandled { get; init; }

    public int Leader { get; init; } = -1;

    /// <summary>The broker that is fetched from: the leader, or a replica that is nearer.</summary>
    public int FetchedFrom { get; init; } = -1;

    public long Position { get; init; } = -1;

    public long EndOffset { get; init; } = -1;

    public long Lag { get; init; } = -1;

    public long BufferedBytes { get; init; }

    public TimeSpan? SinceLastFetch { get; init; }

    public string? LastError { get; init; }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Partition}: {State}{(IsPaused ? ", paused" : "")}{(IsBeingHandled ? ", a record is being handled" : "")}, ")
        + string.Create(CultureInfo.InvariantCulture, $"leader {Leader}{(FetchedFrom == Leader ? "" : string.Create(CultureInfo.InvariantCulture, $", fetched from {FetchedFrom}"))}, position {Position} of {EndOffset}, {BufferedBytes} bytes wait, fetch {ConsumerExplanation.Ago(SinceLastFetch)}")
        + (LastError is null ? "" : $", {LastError}");
}

/// <summary>How far a consumer is behind in a partition.</summary>
/// <param name="Partition">Which.</param>
/// <param name="Records">From the position to the end; offsets that hold no record count too. -1 before the first fetch.</param>
/// <param name="Time">How old the record is that was delivered last, zero at the end of the log; null before the first.</param>
public sealed record PartitionLag(TopicPartition Partition, long Records, TimeSpan? Time);
