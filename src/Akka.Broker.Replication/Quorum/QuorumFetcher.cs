using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// The part of a <see cref="QuorumMachine"/> that follows: it fetches from the leader what comes behind its own log's end, truncates where the leader says
/// that the logs part, and takes a snapshot where the leader has nothing older. Without a leader it asks around for one.
/// <para>
/// Invariants: one query is on its way at a time; it asks only when all of its log is on the disk, for its offset is the leader's proof of that.
/// </para>
/// </summary>
internal sealed class QuorumFetcher(QuorumMachine machine)
{
    private const long Nothing = -1;

    // Answers whose watermark the own one has not reached, oldest first.
    private readonly Queue<(long AskedAt, long HighWatermark)> _ahead = new();
    private long _awaited = Nothing;
    private long _askedAt;
    private long _expiresAt;
    private long _notBefore;
    private long _heardAt;
    private long _leaderHighWatermark = Nothing;
    private bool _hasFailed;
    private (LogPosition Id, long Position)? _download;
    private int _turn;

    public long NextTickMs
    {
        get
        {
            var next = _awaited != Nothing ? _expiresAt : IsSynced ? _notBefore : long.MaxValue;
            return machine.Role == QuorumRole.Follower ? Math.Min(next, GiveUpAt) : machine.Role == QuorumRole.Candidate ? long.MaxValue : next;
        }
    }

    /// <summary>The leader itself has answered since it is followed.</summary>
    public bool HasHeard { get; private set; }

    /// <summary>When the newest query was sent whose answer is taken in: all that the leader had committed then is committed here. Null without one.</summary>
    public long? CurrentAt { get; private set; }

    private QuorumOptions Options => machine.Options;

    private long GiveUpAt => _heardAt + Options.FetchTimeoutMs;

    private bool IsSynced => machine.Log.SyncedOffset == machine.Log.EndOffset;

    /// <summary>Forgets what was on its way.</summary>
    public void Reset()
    {
        _awaited = Nothing;
        _notBefore = machine.Now;
        _leaderHighWatermark = Nothing;
        _hasFailed = false;
        _download = null;
        _ahead.Clear();
        CurrentAt = null;
        HasHeard = false;
    }

    public void Follow(bool isHeard)
    {
        Reset();
        _heardAt = machine.Now;
        HasHeard = isHeard;
    }

    /// <summary>Sends the next query if it is time. Called at the end of each event.</summary>
    public void Pump()
    {
        if (machine.Role == QuorumRole.Follower && machine.Now >= GiveUpAt)
            machine.LoseLeader($"no answer for {Options.FetchTimeoutMs} ms.");
        if (_awaited != Nothing && machine.Now >= _expiresAt)
            Fail();
        if (_awaited != Nothing || machine.Role == QuorumRole.Candidate || machine.Now < _notBefore || !IsSynced)
            return;
        var target = machine.Role == QuorumRole.Follower ? machine.LeaderId : NextToAsk();
        if (target < 0)
        {
            _notBefore = machine.Now + (Options.RetryMs * 2);
            return;
        }
        _awaited = machine.NextId();
        _askedAt = machine.Now;
        _expiresAt = machine.Now + Options.RequestTimeoutMs;
        machine.Send(Query(target));
    }

    /// <summary>The log is synced further.</summary>
    public void Advance()
    {
        var end = Math.Min(_leaderHighWatermark, machine.Log.SyncedOffset);
        if (end > machine.HighWatermark)
            machine.AdvanceHighWatermark(end);
        // Before a record of its epoch is committed, the leader itself does not know all that is.
        if (!machine.HasCommittedInEpoch)
            return;
        while (_ahead.TryPeek(out var answer) && answer.HighWatermark <= machine.HighWatermark)
            CurrentAt = _ahead.Dequeue().AskedAt;
    }

    public void OnReply(FetchReply reply)
    {
        var isAwaited = reply.Id == _awaited;
        var isTaken = IsOfLeader(reply);
        // Also of an answer that tells no more than who leads, or to a query that was given up when that was heard: what is committed must not be forgotten again.
        if (machine.HasAsked(reply.Id))
            Measure(reply, isAwaited);
        if (!isTaken)
            return;
        switch (reply)
        {
            case { SnapshotId: { } id } when id.Offset >= machine.HighWatermark:
                _download = (id, 0);
                break;
            case { Diverging: { } diverging }:
                Part(diverging);
                break;
            case { SnapshotId: not null }:
                Refuse($"Controller {reply.From} offers snapshot {reply.SnapshotId}, which is older than what is committed here, {machine.HighWatermark}.");
                break;
            default:
                Take(reply.Records, reply.From);
                _leaderHighWatermark = Math.Max(_leaderHighWatermark, reply.HighWatermark);
                _ahead.Enqueue((_askedAt, reply.HighWatermark));
                Advance();
                break;
        }
    }

    public void OnReply(SnapshotReply reply)
    {
        var download = _download;
        if (!IsOfLeader(reply) || download is not { } at)
            return;
        if (reply.SnapshotId != at.Id || reply.Position != at.Position || (reply.Bytes.IsEmpty && at.Position < reply.FileSize))
        {
            _download = null;
            return;
        }
        machine.Log.WriteSnapshot(at.Id, at.Position, reply.Bytes);
        var position = at.Position + reply.Bytes.Length;
        _download = position < reply.FileSize ? (at.Id, position) : null;
        if (_download is not null)
            return;
        if (machine.Log.InstallSnapshot(at.Id))
            machine.Installed(at.Id);
        else
            Refuse($"Snapshot {at.Id} of controller {reply.From} did not arrive whole; it is fetched again.");
    }

    public void OnFailed(long id, bool nobodyListens)
    {
        if (id != _awaited)
            return;
        Fail();
        if (machine.Role != QuorumRole.Follower)
            return;
        if (nobodyListens)
            machine.LoseLeader("nobody listens there any more.");
        else
            LoseUnreachable();
    }

    public void OnCandidatesChanged() => LoseUnreachable();

    private void Measure(FetchReply reply, bool isAwaited)
    {
        if (reply.Error != ErrorCode.None || reply.HighWatermark < 0 || machine.Role != QuorumRole.Follower || reply.From != machine.LeaderId || reply.Epoch != machine.Epoch)
            return;
        var isPart = isAwaited && reply is { Diverging: null, SnapshotId: null };
        machine.Measure(new LogPosition(reply.Epoch, reply.HighWatermark), isPart && machine.Log.SyncedOffset >= reply.HighWatermark);
    }

    /// <summary>Neither this replica nor membership reaches the leader: no need to wait for more.</summary>
    private void LoseUnreachable()
    {
        if (machine.Role == QuorumRole.Follower && _hasFailed && !machine.Candidates.IsEmpty && !machine.Candidates.Contains(machine.LeaderId))
            machine.LoseLeader("neither fetches nor membership reach it.");
    }

    private void Fail()
    {
        _awaited = Nothing;
        _hasFailed = true;
        _notBefore = machine.Now + Options.RetryMs;
    }

    private void Refuse(string reason)
    {
        machine.Emit(new Decided(reason, IsWarning: true));
        _notBefore = machine.Now + Options.FetchTimeoutMs;
    }

    private QuorumQuery Query(int target) => _download is { } at
        ? new SnapshotQuery(Options.Self.Id, target, _awaited, machine.Epoch, Options.Self, at.Id, at.Position, Options.FetchBytesMax)
        : new FetchQuery(
            Options.Self.Id, target, _awaited, machine.Epoch, Options.Self, machine.BrokerEpoch, machine.LogEnd, machine.HighWatermark, Options.FetchWaitMs);

    /// <summary>Whether the reply is the awaited one, of the leader of this epoch and without error; else what it tells is drawn from it.</summary>
    private bool IsOfLeader(QuorumReply reply)
    {
        var isAwaited = reply.Id == _awaited;
        if (isAwaited)
            _awaited = Nothing;
        var isLeader = reply.Error == ErrorCode.None && reply.LeaderId == reply.From;
        if (machine.Learn(reply.Epoch, reply.LeaderId, isHeard: isAwaited && reply.LeaderId == reply.From) || !isAwaited)
            return false;
        if (machine.Role == QuorumRole.Follower && reply.From == machine.LeaderId && reply.Epoch == machine.Epoch)
        {
            if (isLeader)
            {
                _heardAt = machine.Now;
                _hasFailed = false;
                HasHeard = true;
                return true;
            }
            if (reply.LeaderId < 0 && reply.Error == ErrorCode.NotLeaderOrFollower)
            {
                machine.LoseLeader("it says that it leads no more.");
                return false;
            }
            _download = null;
        }
        _notBefore = machine.Now + Options.RetryMs;
        return false;
    }

    /// <summary>Cuts its log off where it parts from the leader's.</summary>
    private void Part(LogPosition diverging)
    {
        var own = machine.Log.EndOf(diverging.Epoch);
        var end = own is not { } known ? machine.Log.StartOffset : known.Epoch == diverging.Epoch ? Math.Min(known.Offset, diverging.Offset) : known.Offset;
        if (end >= machine.HighWatermark && end < machine.Log.EndOffset)
            machine.Truncate(end);
        else
            Refuse($"Controller {machine.LeaderId} of epoch {machine.Epoch} lacks records that are committed here, from {end} to {machine.HighWatermark}: "
                + "a majority of the voters has lost its disks or runs on old copies. Nothing is truncated.");
    }

    private void Take(ReadOnlyMemory<byte> records, int from)
    {
        var taken = 0;
        var next = machine.LogEnd;
        while (RecordBatch.TryRead(records[taken..], out var batch)
            && batch.BaseOffset == next.Offset && batch.PartitionLeaderEpoch >= next.Epoch && batch.PartitionLeaderEpoch <= machine.Epoch && batch.HasValidCrc)
        {
            taken += batch.SizeInBytes;
            next = new LogPosition(batch.PartitionLeaderEpoch, batch.NextOffset);
        }
        if (taken > 0)
            machine.Append(records[..taken]);
        if (taken < records.Length)
            Refuse($"Controller {from} sent {records.Length - taken} bytes that are no batch for offset {next.Offset}; they are fetched again.");
    }

    /// <summary>Who may know who leads: the leader that was lost, voters and members in turn.</summary>
    private int NextToAsk()
    {
        List<int> peers = [.. machine.Voters.All.Select(v => v.Id).Concat(machine.Candidates).Prepend(machine.LeaderId).Distinct()];
        peers.RemoveAll(id => id < 0 || id == Options.Self.Id);
        return peers.Count == 0 ? -1 : peers[_turn++ % peers.Count];
    }
}
