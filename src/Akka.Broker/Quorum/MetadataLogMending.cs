using System.Collections.Immutable;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Checkpoints;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Quorum;

/// <summary>What a start finds when it looks at every byte of the metadata log that it is going to rest on.</summary>
/// <param name="Snapshot">The newest that is whole.</param>
/// <param name="BadSnapshots">Newer ones that are not.</param>
/// <param name="Voters">As the snapshot and the whole part of the log say; null: they name none.</param>
/// <param name="Behind">Damage in what the snapshot stands for anyway.</param>
/// <param name="Hole">Damage in what nothing else here stands for.</param>
/// <param name="LacksBeginning">The log begins behind the snapshot, or there is none: what lies before is nowhere.</param>
internal sealed record MetadataLogFindings(
    LogPosition? Snapshot, ImmutableArray<LogPosition> BadSnapshots, VoterSet? Voters, LogDamage? Behind, LogDamage? Hole, bool LacksBeginning)
{
    /// <summary>Where the log ended once, all of it synced; it ends before that now, and no snapshot stands for it. Null: it has all that it ever had.</summary>
    public LogPosition? Lost { get; init; }

    /// <summary>Why the disk did not give one of <see cref="BadSnapshots"/>; null: they were given, and are damaged.</summary>
    public IOException? Unreadable { get; init; }
}

/// <summary>
/// Looks for damage in the metadata log before a node votes, counts or applies by it, and mends what can be mended without losing what a vote or an acknowledgement of
/// this voter rests on. For whoever opens the log, while nobody writes to it.
/// <code>
///   snapshots    P ✓          S ✓
///   log          ├──── a ─────┼──── b ───────┤ end
///
///   a damaged              the log begins at S: nobody needs more
///   S damaged              it is removed: P and a stand for it
///   b damaged at x         quorum-state: Owed = end (synced) ─▶ the log is cut at x ─▶ fetched again from the leader
///   end before synced-end  quorum-state: Owed = synced-end ─▶ fetched again from the leader
///   P and S damaged, or    the start is refused: nobody knows the voters, or has the records
///   b or the end, and no
///   other voter
///   b cannot be read       the start is refused: another one, or a copy of the disk, may have it
/// </code>
/// <para>
/// The end is the storage's before it is this class's: a start cuts what is no whole batch off the last segment, whether a crash has torn it or it has rotted since. What
/// tells the one from the other is the note of how far the log was synced (<see cref="PartitionLog.SyncedEnd"/>), made after each sync and before anybody is told of it. A torn
/// tail was never synced, so the log ends at the note or behind it, and nothing is owed: two voters of three that lose power in the middle of a write elect one of them. A log
/// that ends before the note has lost what this voter may have acknowledged, and owes it. Without a note, as of a release that made none, the end is believed.
/// </para>
/// <para>
/// A cut takes back the word that this voter gave: "all before the end is on my disk". What makes that harmless is the guard for old copies of a disk
/// (<see cref="QuorumMachine.Owed"/>), set to the end of the log as it was or as it is noted, which is at least what this voter has acknowledged or let win: until its log is there again it
/// votes for none that lacks what it had, claims nothing itself, and the leader counts it by what it fetches from. So each majority that a committed record had still has
/// a voter in it that keeps a candidate without that record from winning; what is lost is one copy, as if the disk had been lost, and not the promise.
/// </para>
/// <para>
/// Invariants: the log is cut only behind what is whole, and after the end was written down as owed; what is owed never falls; nothing is cut where no other voter
/// could have it; voters are never drawn from bytes that fail their checksum.
/// </para>
/// A crash before quorum-state is written leaves all as it was; one before the cut, or in it, finds the same hole again, or a short log that owes.
/// </summary>
internal static class MetadataLogMending
{
    public static MetadataLogFindings Look(LogManager logs, PartitionLog log)
    {
        var folder = new SnapshotFolder(logs.Options.Disk, log.Folder);
        var bad = ImmutableArray.CreateBuilder<LogPosition>();
        IOException? unreadable = null;
        LogPosition? snapshot = null;
        VoterSet? voters = null;
        foreach (var id in folder.List().AsEnumerable().Reverse())
        {
            if (ReadWhole(folder, id, ref unreadable) is { } bytes)
            {
                snapshot = id;
                voters = VotersIn(bytes);
                break;
            }
            bad.Add(id);
        }

        var (start, end) = (log.LogStartOffset, log.LogEndOffset);
        var from = Math.Max(start, snapshot?.Offset ?? 0);
        var hole = from >= end ? null : LogCheck.Find(log, from, batch => voters = VotersIn(batch) ?? voters);
        if (ForeignEpoch(log) is { } foreign && (hole is null || foreign.From < hole.From))
            hole = foreign;
        var behind = start < from && from <= end && LogCheck.Find(log, start) is { } damage && damage.From < from ? damage : null;
        return new MetadataLogFindings(snapshot, bad.ToImmutable(), voters, behind, hole, start > (snapshot?.Offset ?? 0))
        {
            Lost = LostEnd(log, snapshot),
            Unreadable = unreadable,
        };
    }

    /// <exception cref="MetadataLogDamagedException">This node cannot make it good.</exception>
    /// <exception cref="MetadataLogUnreadableException">The disk does not give all of it.</exception>
    public static void ThrowIfBeyondRepair(LogManager logs, PartitionLog log, MetadataLogFindings found)
    {
        const string fromOthers = "Let the node begin anew as a learner that the controller makes a voter again: see HACKING.md, A metadata log that the node cannot mend.";
        if (found.Hole is { IsUnreadable: true } unreadable)
            throw new MetadataLogUnreadableException(log.Folder, unreadable.Reason);
        if (found.Unreadable is { } cause && (found.LacksBeginning || found.Voters is null))
            throw new MetadataLogUnreadableException(log.Folder, cause.Message, cause);
        if (found.LacksBeginning)
            throw new MetadataLogDamagedException(log.Folder, $"it begins at offset {log.LogStartOffset}, and no whole snapshot holds what lies before", fromOthers);
        if (!found.BadSnapshots.IsEmpty && found.Voters is null)
            throw new MetadataLogDamagedException(log.Folder, $"snapshot {found.BadSnapshots[0]} is not whole, and nothing else names the voters", fromOthers);
        if (found.Hole is { } hole && !HasOthers(logs, log, found))
        {
            throw new MetadataLogDamagedException(
                log.Folder, $"{hole.Reason}; all before offset {hole.From} is whole", "No other voter has what is missing. Restore the folder from a backup, on a sound disk.");
        }
        if (found.Lost is { } lost && !HasOthers(logs, log, found))
        {
            throw new MetadataLogDamagedException(
                log.Folder,
                $"it was synced up to offset {lost.Offset} and ends at {log.LogEndOffset}, so records that were acknowledged are lost",
                $"No other voter has them. Restore the folder from a backup, on a sound disk; to go on without them, delete synced-end in it.");
        }
    }

    /// <summary>Makes good what <see cref="Look"/> finds.</summary>
    /// <exception cref="MetadataLogDamagedException">It cannot.</exception>
    /// <exception cref="MetadataLogUnreadableException">The disk does not give all of it.</exception>
    public static async Task MendAsync(LogManager logs, PartitionLog log, WriterToken token, Action<string> warn)
    {
        var found = Look(logs, log);
        ThrowIfBeyondRepair(logs, log, found);
        if (found.Hole is { } hole)
        {
            var owed = Owe(logs, log, found);
            await log.TruncateToAsync(token, hole.From).ConfigureAwait(false);
            warn($"The metadata log is damaged ({hole.Reason}). It is cut at offset {hole.From} and fetched again from the controller; until it reaches {owed} again, this node claims nothing and votes for no log without it.");
        }
        else if (found.Lost is { } lost)
        {
            var owed = Owe(logs, log, found);
            warn($"The metadata log was synced up to {lost} and ends at offset {log.LogEndOffset}: its end was damaged, and was cut off when the log was opened. It is fetched again from the controller; until it reaches {owed} again, this node claims nothing and votes for no log without it.");
        }
        var folder = new SnapshotFolder(logs.Options.Disk, log.Folder);
        foreach (var id in found.BadSnapshots)
        {
            folder.Delete(id);
            warn($"Snapshot {id} of the metadata was not whole, and is removed: {(found.Snapshot is { } older ? $"snapshot {older} and the log behind it" : "the log from its beginning")} stands for it.");
        }
        if (found.Behind is { } behind && found.Snapshot is { } start)
        {
            await log.IncrementLogStartOffsetAsync(start.Offset).ConfigureAwait(false);
            warn($"The metadata log is damaged ({behind.Reason}): it begins at snapshot {start} now, which stands for that.");
        }
    }

    /// <summary>Whether the log holds what comes behind the snapshot.</summary>
    public static bool Continues(LogState state, LogPosition snapshot)
    {
        if (snapshot.Offset > state.LogEndOffset)
            return false;
        if (snapshot.Offset <= state.LogStartOffset)
            return true;
        var epoch = -1;
        foreach (var entry in state.Epochs)
        {
            if (entry.StartOffset < snapshot.Offset)
                epoch = entry.Epoch;
        }
        return epoch == snapshot.Epoch;
    }

    /// <summary>Writes down what the log must reach before it stands for itself again; returns that.</summary>
    private static LogPosition Owe(LogManager logs, PartitionLog log, MetadataLogFindings found)
    {
        var disk = logs.Options.Disk;
        var stored = ElectionStateFile.Read(disk, log.Folder) ?? ElectionState.Initial;
        var end = EndOf(log, found.Snapshot);
        // An offset or an epoch that has turned over makes up an end that was never there.
        if (log.SyncedEnd is { } synced)
            end = found.Snapshot is { } snapshot && snapshot > PositionOf(synced) ? snapshot : PositionOf(synced);
        // The log's last record may be all that tells of its epoch.
        var election = stored.Epoch >= end.Epoch ? stored : new ElectionState(end.Epoch, null, -1);
        var owed = stored.Owed is { } before && before > end ? before : end;
        if (election.Owed != owed)
            ElectionStateFile.Write(disk, log.Folder, election with { Owed = owed });
        return owed;
    }

    /// <summary>Of what the node has, whatever is damaged in it.</summary>
    private static LogPosition EndOf(PartitionLog log, LogPosition? snapshot) =>
        new(Math.Max(Math.Max(0, log.LeaderEpochs.LatestEpoch), snapshot?.Epoch ?? 0), Math.Max(log.LogEndOffset, snapshot?.Offset ?? 0));

    private static LogPosition? LostEnd(PartitionLog log, LogPosition? snapshot) =>
        log.SyncedEnd is { } synced && EndOf(log, snapshot) is var end && synced.Offset > end.Offset && synced.Epoch >= end.Epoch ? PositionOf(synced) : null;

    /// <summary>
    /// A batch's epoch is not under its checksum, and a start after a crash notes epochs by what the batches say: one that has turned over would make this log the most
    /// complete of all. Of what was synced, the epochs end with the one that was noted.
    /// </summary>
    private static LogDamage? ForeignEpoch(PartitionLog log)
    {
        if (log.SyncedEnd is not { Epoch: > 0 } synced)
            return null;
        var entries = log.LeaderEpochs.Entries.Where(e => e.StartOffset < synced.Offset).ToList();
        var wrong = entries.FindIndex(e => e.Epoch > synced.Epoch);
        if (wrong < 0 && log.LogEndOffset >= synced.Offset && entries is [.., var last] && last.Epoch != synced.Epoch)
            wrong = entries.Count - 1;
        return wrong < 0
            ? null
            : new LogDamage(entries[wrong].StartOffset, $"the batch at offset {entries[wrong].StartOffset} says leader epoch {entries[wrong].Epoch}, and the log was synced up to {PositionOf(synced)}");
    }

    private static LogPosition PositionOf(SyncedEnd synced) => new(synced.Epoch, synced.Offset);

    /// <summary>Whether some other replica may have what this one lacks.</summary>
    private static bool HasOthers(LogManager logs, PartitionLog log, MetadataLogFindings found)
    {
        var self = logs.Options.NodeId;
        var election = ElectionStateFile.Read(logs.Options.Disk, log.Folder);
        return (found.Voters ?? QuorumBootstrap.FirstVoters(logs, log)).Keys.Any(k => k.Id != self)
            || (election is { LeaderId: >= 0 } followed && followed.LeaderId != self)
            || (election?.VotedFor is { } voted && voted.Id != self);
    }

    private static ReadOnlyMemory<byte>? ReadWhole(SnapshotFolder folder, LogPosition id, ref IOException? unreadable)
    {
        try
        {
            if (folder.ReadWhole(id) is { } bytes && SnapshotFile.IsWhole(bytes))
                return bytes;
        }
        catch (IOException cause)
        {
            unreadable = cause;
        }
        return null;
    }

    private static VoterSet? VotersIn(ReadOnlyMemory<byte> batches) => ControlBatches.TryFindVoters(batches, out _, out var voters) ? voters : null;
}
