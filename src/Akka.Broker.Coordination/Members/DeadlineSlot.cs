namespace Akka.Broker.Coordination.Members;

/// <summary>What a deadline is for.</summary>
internal enum DeadlineKind
{
    /// <summary>A member must be heard of.</summary>
    Session,

    /// <summary>A client that was given a member id must join with it.</summary>
    PendingMember,

    /// <summary>The join phase ends, whoever is missing.</summary>
    Join,

    /// <summary>The sync phase ends, whoever is missing.</summary>
    Sync,
}

/// <summary>A deadline that can be moved, in monotonic milliseconds. Moving it later costs nothing but the assignment.</summary>
internal sealed class DeadlineSlot(DeadlineKind kind, string memberId = "")
{
    public const long Off = long.MaxValue;

    public DeadlineKind Kind { get; } = kind;

    /// <summary>Whom a session or a pending membership is of.</summary>
    public string MemberId { get; } = memberId;

    public long DueMs { get; internal set; } = Off;

    /// <summary>Where the slot stands in the queue; an entry with another time is a leftover.</summary>
    internal long QueuedMs { get; set; } = Off;

    public bool IsSet => DueMs != Off;
}
