using System.Diagnostics.CodeAnalysis;
using Akka.Broker.Coordination.Commands;

namespace Akka.Broker.Coordination.Members;

/// <summary>
/// Who is in a group: members, which of them leads, which member id a static member has now, and the ids that were given out and not yet used.
/// It counts what would otherwise be searched: how many wait for the join phase, and how many support each protocol.
/// <para>Invariants: there is a leader exactly if there are members, and it is one; a static instance names a member of that instance;
/// an id is a member or pending, never both; as many wait as are counted.</para>
/// </summary>
internal sealed class Roster
{
    private readonly Dictionary<string, GroupMember> _members = [];
    private readonly Dictionary<string, string> _memberIdByInstance = [];
    private readonly Dictionary<string, DeadlineSlot> _pending = [];
    private readonly Dictionary<string, int> _supporters = [];

    public IReadOnlyCollection<GroupMember> Members => _members.Values;

    public int Count => _members.Count;

    public int AwaitingJoinCount { get; private set; }

    public int PendingCount => _pending.Count;

    public string? LeaderId { get; private set; }

    /// <summary>Everybody who is or may become a member has asked to join.</summary>
    public bool HaveAllJoined => AwaitingJoinCount == _members.Count && _pending.Count == 0;

    /// <summary>The longest that any member wants to be given to join.</summary>
    public int RebalanceTimeoutMs
    {
        get
        {
            var longest = 0;
            foreach (var member in _members.Values)
                longest = Math.Max(longest, member.RebalanceTimeoutMs);
            return longest;
        }
    }

    public bool Has(string memberId) => _members.ContainsKey(memberId);

    public bool TryGet(string memberId, [NotNullWhen(true)] out GroupMember? member) => _members.TryGetValue(memberId, out member);

    public bool TryGetStatic(string? instanceId, [NotNullWhen(true)] out string? memberId)
    {
        memberId = null;
        return instanceId is not null && _memberIdByInstance.TryGetValue(instanceId, out memberId);
    }

    public bool IsLeader(string memberId) => LeaderId == memberId;

    public bool IsPending(string memberId) => _pending.ContainsKey(memberId);

    /// <summary>Notes an id that was given out. The caller sets the slot's time.</summary>
    public DeadlineSlot AddPending(string memberId)
    {
        Invariant.Check(!Has(memberId));
        var slot = new DeadlineSlot(DeadlineKind.PendingMember, memberId);
        _pending.Add(memberId, slot);
        return slot;
    }

    public bool RemovePending(string memberId)
    {
        if (!_pending.Remove(memberId, out var slot))
            return false;
        Deadlines.Clear(slot);
        return true;
    }

    public void Add(GroupMember member, IReadOnlyList<MemberProtocol> protocols, RequestId? join)
    {
        RemovePending(member.Id);
        _members.Add(member.Id, member);
        if (member.InstanceId is { } instance)
            _memberIdByInstance.Add(instance, member.Id);
        LeaderId ??= member.Id;
        SetProtocols(member, protocols);
        SetAwaitingJoin(member, join);
    }

    public void Remove(GroupMember member)
    {
        Invariant.Check(_members.Remove(member.Id));
        if (member.InstanceId is { } instance)
            Invariant.Check(_memberIdByInstance.Remove(instance, out var id) && id == member.Id);
        SetProtocols(member, []);
        SetAwaitingJoin(member, null);
        Deadlines.Clear(member.Session);
        if (LeaderId == member.Id)
            LeaderId = _members.Keys.FirstOrDefault();
    }

    /// <summary>Puts a restarted static member in its predecessor's place, lead and assignment included.</summary>
    public void ReplaceStatic(GroupMember old, GroupMember successor, IReadOnlyList<MemberProtocol> protocols, RequestId? join)
    {
        Invariant.Check(old.InstanceId is not null && old.InstanceId == successor.InstanceId);
        var led = IsLeader(old.Id);
        Remove(old);
        Add(successor, protocols, join);
        if (led)
            LeaderId = successor.Id;
        successor.Assignment = old.Assignment;
        successor.IsNew = old.IsNew;
    }

    public void SetAwaitingJoin(GroupMember member, RequestId? join)
    {
        if (member.AwaitingJoin is not null)
            AwaitingJoinCount--;
        member.AwaitingJoin = join;
        if (join is not null)
            AwaitingJoinCount++;
    }

    public void SetProtocols(GroupMember member, IReadOnlyList<MemberProtocol> protocols)
    {
        foreach (var protocol in member.Protocols)
        {
            if (--_supporters[protocol.Name] == 0)
                _supporters.Remove(protocol.Name);
        }

        member.Protocols = protocols;
        foreach (var protocol in protocols)
            _supporters[protocol.Name] = _supporters.GetValueOrDefault(protocol.Name) + 1;
    }

    /// <summary>The leader of the read log's generation, or of whom the vote fell to.</summary>
    public void SetLeader(string memberId)
    {
        Invariant.Check(Has(memberId));
        LeaderId = memberId;
    }

    /// <summary>Makes sure that the leader is one who has joined. False if nobody has.</summary>
    public bool TryElectJoinedLeader()
    {
        if (LeaderId is null)
            return false;
        if (_members[LeaderId].AwaitingJoin is not null)
            return true;
        foreach (var member in _members.Values)
        {
            if (member.AwaitingJoin is null)
                continue;
            LeaderId = member.Id;
            return true;
        }

        return false;
    }

    /// <summary>Whether at least one of the protocols is known to every member.</summary>
    public bool SupportsAnyOf(IReadOnlyList<MemberProtocol> protocols)
    {
        foreach (var protocol in protocols)
        {
            if (IsSupportedByAll(protocol.Name))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Each member votes for the first of its protocols that everybody supports; most votes win, and of equals the one that was voted for first.
    /// </summary>
    public string SelectProtocol()
    {
        var votes = new Dictionary<string, int>();
        string? winner = null;
        foreach (var member in _members.Values)
        {
            var choice = member.Protocols.FirstOrDefault(p => IsSupportedByAll(p.Name))?.Name;
            Invariant.Check(choice is not null);
            votes[choice] = votes.GetValueOrDefault(choice) + 1;
        }

        foreach (var (protocol, count) in votes)
        {
            if (winner is null || count > votes[winner])
                winner = protocol;
        }

        Invariant.Check(winner is not null);
        return winner;
    }

    public void CheckInvariants()
    {
        Invariant.Check(LeaderId is null ? _members.Count == 0 : Has(LeaderId));
        Invariant.Check(AwaitingJoinCount == _members.Values.Count(m => m.AwaitingJoin is not null));
        Invariant.Check(_pending.Keys.All(id => !Has(id)));
        Invariant.Check(_memberIdByInstance.All(e => _members.TryGetValue(e.Value, out var m) && m.InstanceId == e.Key));
        Invariant.Check(_memberIdByInstance.Count == _members.Values.Count(m => m.IsStatic));
    }

    private bool IsSupportedByAll(string protocol) => _supporters.TryGetValue(protocol, out var count) && count == _members.Count;
}
