namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// What the machine wants done, in this order; nothing behind a <see cref="PersistElection"/> is done before that is on the disk.
/// </summary>
public abstract record QuorumEffect;

/// <summary>Write and sync; only then go on.</summary>
public sealed record PersistElection(ElectionState State) : QuorumEffect;

public sealed record SendMessage(QuorumMessage Message) : QuorumEffect;

/// <summary>Everything before the offset is committed, and on this disk: it may be applied.</summary>
public sealed record HighWatermarkMoved(long HighWatermark) : QuorumEffect;

/// <summary>
/// This replica leads and the first record of its epoch is committed, so everything before it is too: now it may answer and decide.
/// </summary>
/// <param name="Epoch">The epoch that was won.</param>
/// <param name="StartOffset">Of the epoch's first record.</param>
public sealed record LeadershipWon(int Epoch, long StartOffset) : QuorumEffect;

/// <summary>It leads no more. What it appended and was not committed is unknown. Also told of an epoch that was never told as won.</summary>
public sealed record LeadershipLost(int Epoch, string Reason) : QuorumEffect;

/// <summary>Who leads has changed, as far as is heard here; -1: nobody.</summary>
public sealed record LeaderKnown(int LeaderId, int Epoch) : QuorumEffect;

/// <summary>The newest voter set in the log, committed or not.</summary>
public sealed record VotersChanged(VoterSet Voters) : QuorumEffect;

/// <summary>The log was replaced by this snapshot: load it.</summary>
public sealed record SnapshotInstalled(LogPosition Id) : QuorumEffect;

/// <summary>The outcome of <see cref="QuorumMachine.Confirm"/>.</summary>
public sealed record LeadershipConfirmed(long Token, bool Holds) : QuorumEffect;

/// <summary>A decision, or what stands in the way of one, that an operator should find in the log.</summary>
public sealed record Decided(string Text, bool IsWarning = false) : QuorumEffect;
