using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>
/// Carries one <see cref="FetcherSession"/>: fetches all that this node follows from one leader, one request at a time. Who is not through with its last answer
/// when the grace is over is left out of the session; who is ready while a request waits at the leader hurries that.
/// </summary>
internal sealed class LeaderFetcher(NodeLife node, int leader)
{
    private const int GraceMs = 20;

    private readonly SortedDictionary<string, Followed> _followers = new(StringComparer.Ordinal);
    private readonly FetcherSession _session = new();

    // Which the session may hold yet.
    private readonly List<FetchPosition> _stopped = [];
    private long _connection = node.World.NewConnection();
    private long _pausedUntilMs;
    private long _graceUntilMs;
    private int _sessionId;
    private bool _isAsking;
    private bool _isHurried;
    private Scheduled? _later;

    public void Add(PartitionFollower follower)
    {
        _followers[follower.Id.ToString()] = new Followed(follower);
        Wake();
    }

    public void Remove(PartitionFollower follower)
    {
        if (!_followers.TryGetValue(follower.Id.ToString(), out var known) || known.Follower != follower)
            return;
        _followers.Remove(follower.Id.ToString());
        known.Position.State = FetchPositionState.Stopped;
        _stopped.Add(known.Position);
    }

    /// <summary>A follower may be ready.</summary>
    public void Wake()
    {
        var now = node.NowMs;
        foreach (var followed in _followers.Values)
            followed.Look(now);
        var isReady = _followers.Values.Any(f => f is { IsAsked: false, Position.State: FetchPositionState.Ready });
        if (_isAsking)
        {
            if (isReady)
                Hurry();
            return;
        }
        _later?.Cancel();
        _later = null;
        var at = isReady ? Math.Max(_pausedUntilMs, IsAnyOut ? _graceUntilMs : 0) : BackOffsEndMs;
        if (isReady && at <= now)
            Ask();
        else if (at != long.MaxValue)
            _later = node.After(at - now, Wake);
    }

    private bool IsAnyOut => _followers.Values.Any(f => f.Position.State == FetchPositionState.Out);

    private long BackOffsEndMs => _followers.Values.Where(f => f.Position.State == FetchPositionState.BackingOff).Select(f => f.Follower.BackOffUntilMs).DefaultIfEmpty(long.MaxValue).Min();

    private FetchRequest NewRequest() => new()
    {
        ReplicaState = new() { ReplicaId = node.Id, ReplicaEpoch = node.BrokerEpoch },
        MaxWaitMs = World.FetchWaitMs,
        MinBytes = 1,
        MaxBytes = World.FetchBytesMax,
    };

    private void Ask()
    {
        var request = NewRequest();
        var positions = _followers.Values.Select(f => f.Position).ToList();
        var gone = _stopped.Where(p => !_followers.ContainsKey(p.Target.ToString()));
        _session.Fill(request, positions, [.. positions, .. gone], static _ => World.PartitionFetchBytesMax);
        _stopped.Clear();
        if (request.ForgottenTopicsData.Count > 0)
            node.World.Faults.Count(FaultKind.FetchLeftOut);
        foreach (var followed in _followers.Values.Where(f => f.Position.State == FetchPositionState.Ready))
            followed.IsAsked = true;
        (_isAsking, _isHurried) = (true, false);
        node.World.Network.Ask(node, leader, new FetchFromLeader(_connection, request), World.FetchTimeoutMs * 1000, reply => OnReply(reply as FetchResponse));
    }

    private void Hurry()
    {
        if (_isHurried)
            return;
        _isHurried = true;
        var nudge = NewRequest();
        (nudge.MaxWaitMs, nudge.SessionEpoch) = (0, FetcherSession.None);
        node.World.Network.Ask(node, leader, new FetchFromLeader(_connection, nudge), World.FetchTimeoutMs * 1000, _ => { }, mayDouble: false);
    }

    private void OnReply(FetchResponse? reply)
    {
        _isAsking = false;
        if (reply is null)
            OnFailed();
        else if (reply.ErrorCode != ErrorCode.None)
            OnRefused(reply.ErrorCode);
        else
            ShareOut(reply);
        foreach (var followed in _followers.Values)
            followed.IsAsked = false;
        _graceUntilMs = node.NowMs + GraceMs;
        Wake();
    }

    private void OnFailed()
    {
        _connection = node.World.NewConnection();
        _pausedUntilMs = node.NowMs + World.FollowerBackoffMs;
        if (node.World.Has(Mutation.SessionOutlivesLoss) && _sessionId != 0)
            _session.OnAnswered(_sessionId);
        else
            _session.Reset();
    }

    private void OnRefused(ErrorCode error)
    {
        _session.Reset();
        if (error is ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch)
            node.World.Faults.Count(FaultKind.FetchSessionRefused);
        else
            _pausedUntilMs = node.NowMs + World.FollowerBackoffMs;
    }

    private void ShareOut(FetchResponse reply)
    {
        _sessionId = reply.SessionId;
        _session.OnAnswered(reply.SessionId);
        foreach (var topic in reply.Responses)
        {
            foreach (var data in topic.Partitions)
            {
                if (_session.Find(topic.TopicId, data.PartitionIndex) is not { } asked
                    || !_followers.TryGetValue(asked.Target.ToString(), out var followed)
                    || !followed.IsAsked)
                {
                    continue;
                }
                followed.Position.State = FetchPositionState.Out;
                Give(followed.Follower, asked.Fetch, data);
            }
        }
    }

    private void Give(PartitionFollower follower, in ReplicaFetch asked, FetchResponse.PartitionData data)
    {
        FetchedRecords records;
        try
        {
            records = FetchedRecords.Read(data.Records);
        }
        catch (InvalidRecordException)
        {
            node.World.Faults.Count(FaultKind.BitFlippedInRead);
            follower.BackOff();
            return;
        }
        OffsetAndEpoch? diverging = data.DivergingEpoch is { } end ? new OffsetAndEpoch(end.EndOffset, end.Epoch) : null;
        var answer = data.ErrorCode == ErrorCode.None
            ? new FetchAnswer(ErrorCode.None, data.HighWatermark, data.LogStartOffset, diverging, records.FirstOffset, records.NextOffset)
            : FetchAnswer.Refused(data.ErrorCode, data.LogStartOffset);
        follower.OnFetched(asked, answer, records.Batches);
    }

    private sealed class Followed(PartitionFollower follower)
    {
        public PartitionFollower Follower { get; } = follower;

        public FetchPosition Position { get; } = new(follower.Id) { Next = follower.Machine.NextFetch(), State = FetchPositionState.Ready };

        /// <summary>In the request that is under way.</summary>
        public bool IsAsked { get; set; }

        /// <summary>Whether it is through with what it was given, and with its wait.</summary>
        public void Look(long nowMs)
        {
            if (Position.State is not (FetchPositionState.Out or FetchPositionState.BackingOff) || Follower.IsBusy)
                return;
            Position.State = Follower.BackOffUntilMs > nowMs ? FetchPositionState.BackingOff : FetchPositionState.Ready;
            if (Position.State == FetchPositionState.Ready)
                Position.Next = Follower.Machine.NextFetch();
        }
    }
}
