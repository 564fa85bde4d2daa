using System.Collections.Immutable;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Replication.Quorum;

/// <summary>What a leader knows of one replica that fetches.</summary>
public sealed class ReplicaProgress
{
    /// <summary>All before it is on the replica's disk. -1: it has not fetched in this epoch.</summary>
    public long FetchOffset { get; internal set; } = -1;

    /// <summary>Of its last fetch; of the leader's election if it has not fetched yet.</summary>
    public long LastFetchMs { get; internal set; }

    /// <summary>When it last had all that the leader had.</summary>
    public long CaughtUpMs { get; internal set; } = -1;

    public long BrokerEpoch { get; internal set; } = -1;

    /// <summary>
    /// The furthest <see cref="FetchOffset"/> of this epoch. Nothing legal takes a replica back behind it: within an epoch nobody truncates what is the leader's.
    /// </summary>
    public long Acknowledged { get; internal set; } = -1;

    /// <summary>What counts towards a majority: nothing, where its log went back and is not yet where it was.</summary>
    public long Counted => FetchOffset >= Acknowledged ? FetchOffset : -1;

    internal long BrokerEpochMax { get; set; } = -1;

    /// <summary>It has begun anew since its last fetch that held; what it says now is held against its word.</summary>
    internal bool IsAnew { get; set; }

    internal long LastBeginMs { get; set; } = long.MinValue;

    internal long AnsweredMs { get; set; }

    /// <summary>The replica has followed after this moment: it fetched on an answer that was sent then. A fetch alone may have lain about.</summary>
    internal long ProvenMs { get; set; }
}

/// <summary>
/// The part of a <see cref="QuorumMachine"/> that leads one epoch: appends, answers fetches, moves the watermark to what a majority has on its disks, and
/// ends when no majority fetches.
/// <para>
/// A voter that has begun anew and ends before what it had acknowledged runs on an old copy of its disk, or on a disk that loses writes. That is told once, with
/// offsets; its log counts again when it is where it was. Its fetches count as those of a majority all the while: the leader must stay, for it alone may know what
/// the voter has lost.
/// </para>
/// <para>
/// Invariants: the watermark moves only over records that a majority of the newest voter set has, and not before a record of this epoch is among them; a voter
/// change is appended only when the one before it is committed.
/// </para>
/// </summary>
internal sealed class QuorumLeader(QuorumMachine machine, long startOffset)
{
    // A learner that has not fetched for this long is forgotten.
    private const long LearnerMsMax = 60_000;

    private readonly Dictionary<ReplicaKey, ReplicaProgress> _replicas = [];
    private readonly Dictionary<ReplicaKey, (FetchQuery Query, long Until)> _held = [];
    private readonly Dictionary<long, Confirmation> _confirmations = [];
    private readonly Dictionary<long, (long Token, ReplicaKey Voter)> _confirmationQueries = [];
    private long _firstBatchEnd;

    public IReadOnlyDictionary<ReplicaKey, ReplicaProgress> Replicas => _replicas;

    /// <summary>The epoch's first record is committed.</summary>
    public bool IsEstablished { get; private set; }

    public long NextTickMs
    {
        get
        {
            var next = MajoritySeenAt() is { } seen ? seen + Options.CheckQuorumMs : long.MaxValue;
            foreach (var (_, until) in _held.Values)
                next = Math.Min(next, until);
            foreach (var confirmation in _confirmations.Values)
                next = Math.Min(next, confirmation.Until);
            foreach (var voter in Others())
            {
                var progress = Progress(voter.Key);
                next = Math.Min(next, Math.Max(progress.LastFetchMs, progress.LastBeginMs) + BeginIntervalMs);
            }
            return next;
        }
    }

    private QuorumOptions Options => machine.Options;

    private int BeginIntervalMs => Options.FetchTimeoutMs / 2;

    /// <summary>What it tells: before a record of its own epoch is committed, it does not know what is.</summary>
    private long KnownWatermark => IsEstablished ? machine.HighWatermark : -1;

    public void Begin(IReadOnlyCollection<ReplicaKey> granting)
    {
        var first = machine.History.LatestOffset < 0 && machine.Log.StartOffset == 0 ? machine.Voters : null;
        var batch = ControlBatches.LeaderChange(
            Options.Self.Id, machine.Epoch, machine.Voters, granting, first, machine.Log.EndOffset, Options.TimestampMs());
        _firstBatchEnd = new RecordBatch(batch).NextOffset;
        machine.Append(batch);
        foreach (var voter in Others())
            SayBegin(voter.Key);
        Advance();
    }

    /// <summary>
    /// Before each event: a leader that was paused finds the fetches of long ago before its timer, and must not take them for the majority of now.
    /// </summary>
    public void EndIfUnheard()
    {
        if (MajoritySeenAt() is { } seen && machine.Now >= seen + Options.CheckQuorumMs)
            machine.ResignLeadership($"no majority of the voters {machine.Voters} has fetched for {Options.CheckQuorumMs} ms.");
    }

    public void Tick()
    {
        foreach (var key in _held.Where(h => machine.Now >= h.Value.Until).Select(h => h.Key).ToList())
            Answer(key);
        foreach (var token in _confirmations.Where(c => machine.Now >= c.Value.Until).Select(c => c.Key).ToList())
            EndConfirmation(token, false);
        foreach (var gone in _replicas.Where(r => machine.Now - r.Value.LastFetchMs > LearnerMsMax && !machine.Voters.Contains(r.Key)).Select(r => r.Key).ToList())
            _replicas.Remove(gone);
        foreach (var voter in Others())
        {
            var progress = Progress(voter.Key);
            if (machine.Now >= Math.Max(progress.LastFetchMs, progress.LastBeginMs) + BeginIntervalMs)
                SayBegin(voter.Key);
        }
    }

    public string? TryAppend(ReadOnlyMemory<byte> batches)
    {
        if (!IsEstablished)
            return "The epoch's first record is not committed yet.";
        var end = machine.Log.EndOffset;
        var rest = batches;
        while (RecordBatch.TryRead(rest, out var batch))
        {
            if (batch.PartitionLeaderEpoch != machine.Epoch)
                return $"The batch is of epoch {batch.PartitionLeaderEpoch}, this is epoch {machine.Epoch}.";
            if (batch.BaseOffset != end)
                return $"The batch begins at {batch.BaseOffset}, the log ends at {end}.";
            end = batch.NextOffset;
            rest = rest[batch.SizeInBytes..];
        }
        if (!rest.IsEmpty || batches.IsEmpty)
            return "The bytes are no whole batches.";
        if (ControlBatches.TryFindVoters(batches, out _, out var next) && RefusalOf(next) is { } refusal)
            return refusal;
        machine.Append(batches);
        Advance();
        AnswerAll();
        return null;
    }

    /// <summary>Moves the watermark to what a majority has on its disks.</summary>
    public void Advance()
    {
        var voters = machine.Voters;
        var offsets = new List<long>(voters.Count);
        foreach (var key in voters.Keys)
            offsets.Add(key == Options.Self ? machine.Log.SyncedOffset : _replicas.TryGetValue(key, out var progress) ? progress.Counted : -1);
        offsets.Sort();
        var committed = Math.Min(offsets[^voters.Majority], machine.Log.SyncedOffset);
        if (committed < _firstBatchEnd || committed <= machine.HighWatermark)
            return;
        machine.AdvanceHighWatermark(committed);
        if (!IsEstablished)
        {
            IsEstablished = true;
            machine.Emit(new LeadershipWon(machine.Epoch, startOffset));
        }
        AnswerAll();
        if (!machine.IsVoter && machine.History.LatestOffset < committed)
            machine.ResignLeadership("it is no voter any more.");
    }

    public void OnFetch(FetchQuery query)
    {
        if (IsOfFormerStart(query))
        {
            machine.Send(Reply(query, default) with { Error = ErrorCode.StaleBrokerEpoch });
            return;
        }
        var progress = Touch(query.Replica);
        var refusal = Refuse(query);
        HoldAgainstItsWord(progress, query, isPart: refusal is null);
        if (refusal is not null)
        {
            progress.AnsweredMs = machine.Now;
            machine.Send(refusal);
            return;
        }
        progress.FetchOffset = query.LogEnd.Offset;
        progress.Acknowledged = Math.Max(progress.Acknowledged, progress.FetchOffset);
        if (query.LogEnd.Offset == machine.Log.EndOffset)
            progress.CaughtUpMs = machine.Now;
        Answer(query.Replica);
        _held[query.Replica] = (query, machine.Now + Math.Min(query.MaxWaitMs, BeginIntervalMs));
        // This may commit, answer, and end the leadership.
        Advance();
        if (_held.TryGetValue(query.Replica, out var held) && (HasNewsFor(held.Query) || held.Until <= machine.Now))
            Answer(query.Replica);
    }

    public void OnSnapshotFetch(SnapshotQuery query)
    {
        Touch(query.Replica).AnsweredMs = machine.Now;
        var piece = machine.Log.ReadSnapshot(query.SnapshotId, query.Position, Math.Min(query.MaxBytes, Options.FetchBytesMax));
        machine.Send(new SnapshotReply(
            query.To, query.From, query.Id, piece is null ? ErrorCode.SnapshotNotFound : ErrorCode.None, machine.Epoch, Options.Self.Id,
            query.SnapshotId, piece?.FileSize ?? 0, query.Position, piece?.Bytes ?? default));
    }

    public void Confirm(long token)
    {
        if (!IsEstablished)
        {
            machine.Emit(new LeadershipConfirmed(token, false));
            return;
        }
        _confirmations[token] = new Confirmation(machine.Now + Options.RequestTimeoutMs);
        foreach (var voter in Others())
            _confirmationQueries[SayBegin(voter.Key)] = (token, voter.Key);
        CountConfirmation(token);
    }

    public void OnBeginEpochReply(BeginEpochReply reply)
    {
        if (!_confirmationQueries.Remove(reply.Id, out var asked) || reply.Error != ErrorCode.None || reply.Epoch != machine.Epoch)
            return;
        if (_confirmations.TryGetValue(asked.Token, out var confirmation))
        {
            confirmation.By.Add(asked.Voter);
            CountConfirmation(asked.Token);
        }
    }

    /// <summary>Tells the other voters that this epoch has no leader any more, and who should claim first.</summary>
    public void SayEnd()
    {
        var order = machine.Candidates;
        ImmutableArray<int> successors =
        [
            .. Others()
                .OrderByDescending(v => Progress(v.Key).FetchOffset)
                .ThenBy(v => order.IndexOf(v.Id) is var place and >= 0 ? place : int.MaxValue)
                .Select(v => v.Id),
        ];
        foreach (var voter in Others())
            machine.Send(new EndEpochQuery(Options.Self.Id, voter.Id, machine.NextId(), machine.Epoch, successors));
    }

    /// <summary>Leadership has ended: nobody waits for it any more. The machine is still in the epoch that was led.</summary>
    public void Close()
    {
        foreach (var (query, _) in _held.Values)
        {
            machine.Send(new FetchReply(
                query.To, query.From, query.Id, ErrorCode.NotLeaderOrFollower, machine.Epoch, -1, -1, default));
        }
        _held.Clear();
        foreach (var token in _confirmations.Keys.ToList())
            EndConfirmation(token, false);
    }

    private IEnumerable<Voter> Others() => machine.Voters.All.Where(v => v.Key != Options.Self);

    private ReplicaProgress Progress(ReplicaKey key)
    {
        if (!_replicas.TryGetValue(key, out var progress))
            _replicas[key] = progress = new ReplicaProgress { LastFetchMs = machine.Now, AnsweredMs = machine.Now, ProvenMs = machine.Now };
        return progress;
    }

    private ReplicaProgress Touch(ReplicaKey key)
    {
        var progress = Progress(key);
        progress.LastFetchMs = machine.Now;
        progress.ProvenMs = progress.AnsweredMs;
        return progress;
    }

    /// <summary>It lay about while its sender began anew: what the disk has now is another matter.</summary>
    private bool IsOfFormerStart(FetchQuery query) =>
        query.BrokerEpoch >= 0 && _replicas.TryGetValue(query.Replica, out var known) && query.BrokerEpoch < known.BrokerEpochMax;

    private void HoldAgainstItsWord(ReplicaProgress progress, FetchQuery query, bool isPart)
    {
        var epoch = query.BrokerEpoch;
        // A fetch that lay about is of an older registration, and says nothing of the disk as it is.
        if (epoch != progress.BrokerEpoch && (epoch < 0 || epoch > progress.BrokerEpochMax))
            progress.IsAnew = true;
        progress.BrokerEpoch = epoch;
        progress.BrokerEpochMax = Math.Max(progress.BrokerEpochMax, epoch);
        if (!progress.IsAnew)
            return;
        var (end, word) = (query.LogEnd.Offset, progress.Acknowledged);
        if (end < word && machine.Voters.Contains(query.Replica))
        {
            machine.Emit(new Decided(
                $"The metadata log of voter {query.Replica.Id} went back: all before {word} was on its disk, and now the log ends at {end}. It runs on an old copy of its disk, or the disk loses writes. "
                    + $"It counts towards no majority until it is at {word} again; {machine.HighWatermark} is committed.",
                IsWarning: true));
        }
        progress.IsAnew = !isPart && end >= word;
    }

    /// <summary>Since when a majority has been seen, this replica included; null if it is a majority by itself.</summary>
    private long? MajoritySeenAt() => MajorityAt(static p => p.LastFetchMs);

    /// <summary>When, at the latest, a majority followed for certain; null if this replica is a majority by itself.</summary>
    public long? MajorityProvenAt() => MajorityAt(static p => p.ProvenMs);

    private long? MajorityAt(Func<ReplicaProgress, long> time)
    {
        var needed = machine.Voters.Majority - (machine.IsVoter ? 1 : 0);
        if (needed <= 0)
            return null;
        List<long> seen = [.. Others().Select(v => time(Progress(v.Key)))];
        seen.Sort();
        return seen[^needed];
    }

    /// <summary>Why the leader may not append this voter set now; null: it may.</summary>
    public string? RefusalOf(VoterSet next)
    {
        if (!IsEstablished)
            return "The epoch's first record is not committed yet.";
        if (machine.History.LatestOffset >= machine.HighWatermark)
            return $"The voters {machine.Voters} of offset {machine.History.LatestOffset} are not committed yet.";
        if (!next.IsOneStepFrom(machine.Voters) || next.IsEmpty)
            return $"The voters {next} differ from {machine.Voters} by more than one.";
        return null;
    }

    /// <summary>See <see cref="QuorumMachine.StarvationOf"/>.</summary>
    public string? StarvationOf(VoterSet next, long nowMs)
    {
        List<int> silent = [.. next.Keys.Where(k => k != Options.Self && !IsFetching(k, nowMs)).Select(k => k.Id)];
        return next.Count - silent.Count >= next.Majority
            ? null
            : $"Of the voters {next} it takes {next.Majority} to decide anything, and {string.Join(", ", silent)} do not fetch the metadata log: start them, or take their votes first.";
    }

    private bool IsFetching(ReplicaKey key, long nowMs) =>
        _replicas.TryGetValue(key, out var progress) && progress.FetchOffset >= 0 && nowMs - progress.LastFetchMs <= Options.CheckQuorumMs;

    private bool HasNewsFor(FetchQuery query) => query.LogEnd.Offset < machine.Log.EndOffset || query.HighWatermark < KnownWatermark;

    private void AnswerAll()
    {
        foreach (var key in _held.Where(h => HasNewsFor(h.Value.Query)).Select(h => h.Key).ToList())
            Answer(key);
    }

    /// <summary>Answers a held fetch, if there is one, with what there is.</summary>
    private void Answer(ReplicaKey key)
    {
        if (!_held.Remove(key, out var held))
            return;
        var query = held.Query;
        Progress(key).AnsweredMs = machine.Now;
        // What was asked for may have gone into a snapshot meanwhile.
        machine.Send(Refuse(query) ?? Reply(query, machine.Log.Read(query.LogEnd.Offset, Options.FetchBytesMax)));
    }

    /// <summary>Where the logs part, or the snapshot that stands for what the log does not have any more; null if the replica's log is part of this one.</summary>
    private FetchReply? Refuse(FetchQuery query)
    {
        var log = machine.Log;
        var (epoch, offset) = query.LogEnd;
        if (offset < log.StartOffset)
            return Reply(query, default) with { SnapshotId = log.Snapshot };
        if (offset == 0 || (log.Snapshot is { } snapshot && snapshot == query.LogEnd))
            return null;
        if (log.EndOf(epoch) is not { } end)
            return Reply(query, default) with { SnapshotId = log.StartOffset > 0 ? log.Snapshot : null, Diverging = log.StartOffset > 0 ? null : LogPosition.Start };
        if (end.Epoch == epoch && end.Offset >= offset)
            return null;
        return end.Offset < log.StartOffset ? Reply(query, default) with { SnapshotId = log.Snapshot } : Reply(query, default) with { Diverging = end };
    }

    private FetchReply Reply(FetchQuery query, ReadOnlyMemory<byte> records) => new(
        query.To, query.From, query.Id, ErrorCode.None, machine.Epoch, Options.Self.Id, KnownWatermark, records);

    private long SayBegin(ReplicaKey voter)
    {
        var id = machine.NextId();
        Progress(voter).LastBeginMs = machine.Now;
        machine.Send(new BeginEpochQuery(Options.Self.Id, voter.Id, id, machine.Epoch, voter));
        return id;
    }

    private void CountConfirmation(long token)
    {
        var by = _confirmations[token].By.Count(machine.Voters.Contains) + (machine.IsVoter ? 1 : 0);
        if (by >= machine.Voters.Majority)
            EndConfirmation(token, true);
    }

    private void EndConfirmation(long token, bool holds)
    {
        _confirmations.Remove(token);
        foreach (var id in _confirmationQueries.Where(q => q.Value.Token == token).Select(q => q.Key).ToList())
            _confirmationQueries.Remove(id);
        machine.Emit(new LeadershipConfirmed(token, holds));
    }

    private sealed record Confirmation(long Until)
    {
        public HashSet<ReplicaKey> By { get; } = [];
    }
}
