using Akka.Broker.Gateway.Fetching;
using Akka.Broker.Gateway.Handlers;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Simulation.Faults;
using Akka.Broker.Simulation.Kernel;
using Akka.Broker.Storage;

namespace Akka.Broker.Simulation.Nodes;

/// <summary>Carries the <see cref="FetchReading"/> of one life of a node, and with it the fetch sessions of the followers on other nodes.</summary>
internal sealed class FollowerFetches(NodeLife node)
{
    private const short Version = 18;

    private readonly FetchReading _reading = new(
        new FetchOptions(node.Id, World.FetchBytesMax, 0), node.Metadata, node.Led, new LedPartitions(), node.Clock, new Random(node.World.Random.Next()),
        new PatienceLimits(World.BusyFetchBytes, World.PatientFetchBytes));

    private readonly ReplicaPolls _polls = new();

    /// <summary>Where a session's next epoch is not looked at: what it is.</summary>
    private readonly Dictionary<int, int> _nextEpochs = [];

    public void OnFetch(FetchFromLeader fetch, Action<object> reply)
    {
        _polls.Hurry(fetch.Connection);
        var request = fetch.Request;
        if (!Admits(request, out var reader))
        {
            reply(new FetchResponse { ErrorCode = ErrorCode.StaleBrokerEpoch });
            return;
        }
        Bend(request);
        var error = _reading.TryBegin(request, usesIds: true, reader, out var work);
        if (error != ErrorCode.None)
        {
            reply(new FetchResponse { ErrorCode = error });
            return;
        }
        if (work!.Session is { } begun && !work.IsIncremental)
            node.World.Faults.Count(FaultKind.FetchSessionBegun);
        if (work.Session is not null)
            _nextEpochs[work.Session.Id] = request.SessionEpoch + 1;
        _reading.Read(work, request);
        if (work.Session is not FollowerSession session || request.MaxWaitMs <= 0 || _reading.IsComplete(work, request))
        {
            Reply(work, reply);
            return;
        }
        if (session.EnoughBytes > 0)
            node.World.Faults.Count(FaultKind.FetchKeptForMore);
        var poll = new Poll(this, fetch, work, session, reply);
        _polls.Begin(fetch.Connection, poll);
        _reading.BeginWait(work, request, session, poll);
    }

    private bool Admits(FetchRequest request, out FetchReader reader)
    {
        var (broker, epoch) = (request.ReplicaState!.ReplicaId, request.ReplicaState.ReplicaEpoch);
        var registered = node.Brokers.EpochOf(broker);
        if (node.World.Has(Mutation.AcceptStaleBrokerEpoch))
            epoch = registered;
        reader = new FetchReader(ReadLimit.LogEnd, broker, epoch, MayReadFollowers: false, Rack: null);
        return epoch >= 0 && epoch == registered;
    }

    private void Bend(FetchRequest request)
    {
        if (node.World.Has(Mutation.SessionOutlivesLoss) && request.SessionEpoch > 0 && _nextEpochs.TryGetValue(request.SessionId, out var next))
            request.SessionEpoch = next;
        if (!node.World.Has(Mutation.SkipTruncation))
            return;
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (node.Led.All.FirstOrDefault(l => l.Id.TopicId == topic.TopicId && l.Id.Partition == partition.Partition) is { } led && partition.FetchOffset <= led.View.LogEndOffset)
                    partition.LastFetchedEpoch = -1;
            }
        }
    }

    /// <summary>A range that cannot be read ends the connection: its length has been announced.</summary>
    private void Reply(FetchWork work, Action<object> reply)
    {
        FetchResponse response;
        try
        {
            response = Answer(work);
        }
        catch (Exception cause) when (Done.IsOfDisk(cause))
        {
            return;
        }
        reply(response);
    }

    private FetchResponse Answer(FetchWork work)
    {
        var response = _reading.Answer(work, Version, "");
        foreach (var data in response.Responses.SelectMany(t => t.Partitions))
        {
            if (data.Records is not FileRecords records)
                continue;
            using (records)
                data.Records = new MemoryRecords(node.World.BadReads.Pass(records.ToArray()));
        }
        return response;
    }

    /// <summary>A follower's request that waits. What hurries it does so within its own event, so that it ends in one of its own.</summary>
    private sealed class Poll : IPoll
    {
        private readonly FollowerFetches _fetches;
        private readonly FetchFromLeader _fetch;
        private readonly FetchWork _work;
        private readonly FollowerSession _session;
        private readonly Action<object> _reply;
        private readonly Scheduled _timer;
        private bool _isHurried;
        private bool _isSoon;

        public Poll(FollowerFetches fetches, FetchFromLeader fetch, FetchWork work, FollowerSession session, Action<object> reply)
        {
            (_fetches, _fetch, _work, _session, _reply) = (fetches, fetch, work, session, reply);
            _timer = fetches.Node.After(fetch.Request.MaxWaitMs, Hurry);
        }

        public void Hurry()
        {
            if (_isHurried)
                return;
            _isHurried = true;
            _timer.Cancel();
            _fetches.Node.World.Faults.Count(FaultKind.FetchHurried);
            _fetches.Node.After(0, End);
        }

        public void HurrySoon()
        {
            if (_isHurried || _isSoon)
                return;
            _isSoon = true;
            _fetches.Node.After(IPoll.SoonMs, Hurry);
        }

        private void End()
        {
            _fetches._polls.End(_fetch.Connection, this);
            FetchReading.EndWait(_work, _session, this);
            _fetches._reading.Read(_work, _fetch.Request);
            _fetches.Reply(_work, _reply);
        }
    }

    private NodeLife Node => node;
}

/// <summary>Whom a partition's readers tell how far followers are: its leader, in an event of its own.</summary>
internal sealed class LeaderRef(NodeLife node, Action<FollowerFetched> onFetched) : Actor.MinimalActorRef
{
    private static readonly Actor.ActorPath TheirPath = new Actor.RootActorPath(new Actor.Address("akka", "simulation")) / "leader";

    public override Actor.ActorPath Path => TheirPath;

    public override Actor.IActorRefProvider Provider => throw new NotSupportedException("There is no actor system in the simulation.");

    protected override void TellInternal(object message, Actor.IActorRef? sender)
    {
        var fetched = (FollowerFetched)message;
        node.After(0, () => onFetched(fetched));
    }
}
