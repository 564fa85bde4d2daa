using System.Globalization;
using System.Text;
using Akka.Broker.Coordination;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Clients;

/// <summary>
/// A member of a consumer group: joins, shares partitions out if it leads, asks where to begin, commits as it goes. Now and then it is silent for so long
/// that the group goes on without it, and then commits what it still believes to own. While it joins anew it commits what it had, as a client does that gives it up.
/// </summary>
internal sealed class GroupMember(World world, int address, string group, IReadOnlyList<TopicPartition> partitions) : SimClient(world, address)
{
    private const int SessionTimeoutMs = 1500;
    private const string ProtocolName = "shared";

    private static readonly byte[] Subscription = [0, 0, 0, 0, 0, 0];

    private readonly Dictionary<TopicPartition, long> _positions = [];
    private string _memberId = "";
    private int _generation = -1;
    private int _ownedGeneration = -1;
    private bool _isStable;
    private bool _isJoining;
    private long _silentUntilMs;

    /// <summary>When a commit of it was taken last.</summary>
    public long LastCommitAtUs { get; private set; }

    public override void Start()
    {
        Refresh();
        After(100, Loop);
    }

    private void Loop()
    {
        After(200 + Random.Next(200), Loop);
        if (World.Events.NowMs < _silentUntilMs)
            return;
        if (!World.IsHealing && Random.Next(60) == 0)
            _silentUntilMs = World.Events.NowMs + 500 + Random.Next(3000);
        if (!Image.TryGetTopic(InternalTopics.ConsumerOffsets, out _))
            Refresh();
        else if (_isStable)
            Work();
        else
            JoinAgain();
    }

    private void Work()
    {
        AskGroup(new HeartbeatCommand(_memberId, null, _generation), result => OnError(((HeartbeatResult)result).Error));
        if (_positions.Count > 0)
            Commit();
    }

    private void JoinAgain()
    {
        if (_positions.Count > 0)
            Commit();
        Join();
    }

    private void Commit()
    {
        var generation = _ownedGeneration;
        var newest = World.Groups.NewestGeneration(group);
        var offsets = new List<OffsetToCommit>();
        var eras = new List<int>();
        foreach (var partition in _positions.Keys.OrderBy(p => p.ToString(), StringComparer.Ordinal).ToList())
        {
            eras.Add(World.Groups.EraOf(partition.Topic));
            offsets.Add(new OffsetToCommit(partition, ++_positions[partition], -1, generation.ToString(CultureInfo.InvariantCulture), -1));
        }
        AskGroup(new CommitOffsetsCommand(_memberId, null, generation, offsets), result =>
        {
            var errors = ((CommitOffsetsResult)result).Errors;
            for (var i = 0; i < errors.Length; i++)
            {
                if (errors[i] == ErrorCode.None && eras[i] == World.Groups.EraOf(offsets[i].Partition.Topic))
                {
                    World.Groups.OnCommitted(group, generation, newest, offsets[i].Partition, offsets[i].Offset);
                    LastCommitAtUs = World.Events.NowUs;
                }
            }
            if (generation == _generation)
                OnError(errors[0]);
        });
    }

    private void Join()
    {
        if (_isJoining)
            return;
        _isJoining = true;
        var command = new JoinCommand(
            _memberId, null, $"{Address}-{World.Events.NowUs}", $"c{Address}", "sim", SessionTimeoutMs, 2000, "consumer",
            [new MemberProtocol(ProtocolName, Subscription)], RequireKnownMemberId: false, SupportsSkippingAssignment: false);
        AskGroup(command, result => OnJoined((JoinResult)result), () => _isJoining = false);
    }

    private void OnJoined(JoinResult joined)
    {
        if (joined.Error != ErrorCode.None)
        {
            _isJoining = false;
            if (joined.Error is ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId)
                _memberId = "";
            OnError(joined.Error);
            return;
        }
        _memberId = joined.MemberId;
        _generation = joined.GenerationId;
        var assignments = new List<MemberAssignment>();
        if (joined.LeaderId == joined.MemberId)
        {
            var members = joined.Members.Select(m => m.MemberId).Order(StringComparer.Ordinal).ToList();
            for (var i = 0; i < members.Count; i++)
            {
                var theirs = partitions.Where((_, p) => p % members.Count == i);
                assignments.Add(new MemberAssignment(members[i], Encoding.UTF8.GetBytes(string.Join(',', theirs))));
            }
        }
        var generation = _generation;
        AskGroup(
            new SyncCommand(_memberId, null, generation, null, null, assignments),
            result => OnSynced(generation, (SyncResult)result),
            () => _isJoining = false);
    }

    private void OnSynced(int generation, SyncResult synced)
    {
        _isJoining = false;
        if (synced.Error != ErrorCode.None)
        {
            if (synced.Error == ErrorCode.UnknownMemberId)
                _memberId = "";
            OnError(synced.Error);
            return;
        }
        var owned = Parse(synced.Assignment.Span);
        World.Groups.OnAssigned(group, generation, _memberId, owned);
        _positions.Clear();
        _ownedGeneration = generation;
        _isStable = true;
        if (owned.Count > 0)
            FetchOffsets(generation, owned);
    }

    private void FetchOffsets(int generation, List<TopicPartition> owned)
    {
        var known = owned.ToDictionary(p => p, p => World.Groups.CommittedOf(group, p));
        var eras = owned.ToDictionary(p => p, p => World.Groups.EraOf(p.Topic));
        AskGroup(
            new FetchOffsetsCommand(owned, RequireStable: true),
            result =>
            {
                var fetched = (FetchOffsetsResult)result;
                if (generation != _generation || !_isStable)
                    return;
                if (fetched.Error != ErrorCode.None || fetched.Offsets.Any(o => o.Error != ErrorCode.None))
                {
                    OnError(fetched.Error);
                    After(100, () => Again(generation, owned));
                    return;
                }
                foreach (var offset in fetched.Offsets)
                {
                    if (eras[offset.Partition] == World.Groups.EraOf(offset.Partition.Topic))
                        World.Groups.OnFetched(group, offset.Partition, known[offset.Partition], offset.Offset);
                    _positions[offset.Partition] = Math.Max(0, offset.Offset);
                }
            },
            () => After(100, () => Again(generation, owned)));
    }

    private void Again(int generation, List<TopicPartition> owned)
    {
        if (generation == _generation && _isStable)
            FetchOffsets(generation, owned);
    }

    private void OnError(ErrorCode error)
    {
        switch (error)
        {
            case ErrorCode.None or ErrorCode.CoordinatorLoadInProgress:
                break;
            case ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable:
                Refresh();
                break;
            case ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId:
                _memberId = "";
                _isStable = false;
                _positions.Clear();
                break;
            case ErrorCode.RebalanceInProgress:
                _isStable = false;
                break;
            default:
                _isStable = false;
                _positions.Clear();
                break;
        }
    }

    private void AskGroup(GroupCommand command, Action<GroupResult> onResult, Action? onNothing = null)
    {
        if (!Image.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic)
            || topic.Partitions[OffsetsTopic.PartitionFor(group, topic.Partitions.Length)] is not { HasLeader: true } partition)
        {
            Refresh();
            onNothing?.Invoke();
            return;
        }
        Ask(partition.Leader, new AskGroup(group, command), reply =>
        {
            if (reply is GroupResult result)
            {
                onResult(result);
            }
            else
            {
                Refresh();
                onNothing?.Invoke();
            }
        });
    }

    private static List<TopicPartition> Parse(ReadOnlySpan<byte> assignment)
    {
        var text = Encoding.UTF8.GetString(assignment);
        return [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p =>
            new TopicPartition(p[..p.LastIndexOf('-')], int.Parse(p[(p.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture)))];
    }
}
