using System.Collections.Immutable;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Storage;
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
    LogPosition? Snapshot, ImmutableArray<LogPosition> BadSnapshots, VoterSet? Voters, LogDamage? Behind, LogDamage? Hole, bool LacksBeginning);

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
///   P and S damaged, or    the start is refused: nobody knows the voters, or has the records
///   b, and no other voter
/// </code>
/// <para>
/// A cut takes back the word that this voter gave: "all before the end is on my disk". What makes that harmless is the guard for old copies of a disk
/// (<see cref="QuorumMachine.Owed"/>), set to the end of the log as it was, which is at least what this voter has acknowledged or let win: until its log is there again it
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
        LogPosition? snapshot = null;
        VoterSet? voters = null;
        foreach (var id in folder.List().AsEnumerable().Reverse())
        {
            if (ReadWhole(folder, id) is { } bytes)
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
        var behind = start < from && from <= end && LogCheck.Find(log, start) is { } damage && damage.From < from ? damage : null;
        return new MetadataLogFindings(snapshot, bad.ToImmutable(), voters, behind, hole, start > (snapshot?.Offset ?? 0));
    }

    /// <exception cref="MetadataLogDamagedException">This node cannot make it good.</exception>
    public static void ThrowIfBeyondRepair(LogManager logs, PartitionLog log, MetadataLogFindings found)
    {
        const string fromOthers = "Let the node begin anew as a learner that the controller makes a voter again: see HACKING.md, A metadata log that the node cannot mend.";
        if (found.LacksBeginning)
            throw new MetadataLogDamagedException(log.Folder, $"it begins at offset {log.LogStartOffset}, and no whole snapshot holds what lies before", fromOthers);
        if (!found.BadSnapshots.IsEmpty && found.Voters is null)
            throw new MetadataLogDamagedException(log.Folder, $"snapshot {found.BadSnapshots[0]} is not whole, and nothing else names the voters", fromOthers);
        if (found.Hole is { } hole && !HasOthers(logs, log, found))
        {
            throw new MetadataLogDamagedException(
                log.Folder, $"{hole.Reason}; all before offset {hole.From} is whole", "No other voter has what is missing. Restore the folder from a backup, on a sound disk.");
        }
    }

    /// <summary>Makes good what <see cref="Look"/> finds.</summary>
    /// <exception cref="MetadataLogDamagedException">It cannot.</exception>
    public static async Task MendAsync(LogManager logs, PartitionLog log, WriterToken token, Action<string> warn)
    {
        var found = Look(logs, log);
        ThrowIfBeyondRepair(logs, log, found);
        if (found.Hole is { } hole)
            await CutAsync(logs, log, token, found, hole, warn).ConfigureAwait(false);
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

    private static async Task CutAsync(LogManager logs, PartitionLog log, WriterToken token, MetadataLogFindings found, LogDamage hole, Action<string> warn)
    {
        var disk = logs.Options.Disk;
        var stored = ElectionStateFile.Read(disk, log.Folder) ?? ElectionState.Initial;
        var end = new LogPosition(Math.Max(Math.Max(0, log.LeaderEpochs.LatestEpoch), found.Snapshot?.Epoch ?? 0), log.LogEndOffset);
        // The log's last record may be all that tells of its epoch.
        var election = stored.Epoch >= end.Epoch ? stored : new ElectionState(end.Epoch, null, -1);
        var owed = stored.Owed is { } before && before > end ? before : end;
        ElectionStateFile.Write(disk, log.Folder, election with { Owed = owed });
        await log.TruncateToAsync(token, hole.From).ConfigureAwait(false);
        warn($"The metadata log is damaged ({hole.Reason}). It is cut at offset {hole.From} and fetched again from the controller; until it reaches {owed} again, this node claims nothing and votes for no log without it.");
    }

    /// <summary>Whether some other replica may have what this one lacks.</summary>
    private static bool HasOthers(LogManager logs, PartitionLog log, MetadataLogFindings found)
    {
        var self = logs.Options.NodeId;
        var election = ElectionStateFile.Read(logs.Options.Disk, log.Folder);
        return (found.Voters ?? QuorumBootstrap.FirstVoters(logs, log)).Keys.Any(k => k.Id != self)
            || (election is { LeaderId: >= 0 } followed && followed.LeaderId != self)
            || (election?.VotedFor is { } voted && voted.Id != self);
    }

    private static ReadOnlyMemory<byte>? ReadWhole(SnapshotFolder folder, LogPosition id)
    {
        try
        {
            if (folder.ReadWhole(id) is { } bytes && SnapshotFile.IsWhole(bytes))
                return bytes;
        }
        catch (IOException)
        {
            // A disk that does not give the bytes has none.
        }
        return null;
    }

    private static VoterSet? VotersIn(ReadOnlyMemory<byte> batches) => ControlBatches.TryFindVoters(batches, out _, out var voters) ? voters : null;
}
