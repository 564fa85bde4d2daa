namespace Akka.Cluster.Tools.Singleton;

internal enum SingletonAction
{
    /// <summary>Start the singleton here.</summary>
    Start,

    /// <summary>Stop it with its termination message.</summary>
    Stop,

    /// <summary>Ask that member to let the singleton go.</summary>
    Ask,

    /// <summary>Tell that member that this one has let go for good.</summary>
    Answer,

    /// <summary>Let the removal margin pass for that member, which did not leave in order.</summary>
    AwaitMargin,

    /// <summary>This node has no singleton and will never have it again.</summary>
    End,
}

/// <summary>What the manager is to do; <paramref name="Member"/> where it is about one. <paramref name="Of"/>: who has let go, in an answer.</summary>
internal readonly record struct SingletonEffect(SingletonAction Action, UniqueAddress? Member = null, UniqueAddress? Of = null);

/// <summary>
/// When one node may run a singleton. Events in, effects out; no actors, no clock.
/// <code>
///   waiting ──the oldest, and all that may have had it before let go──▶ running ──this node exits or is down──▶ stopping ──stopped──▶ over
///      └───────────────────────────────this node exits or is down, or it ended by itself────────────────────────────────────────────▶ over
/// </code>
/// The oldest is the member that came up first of those that are Up or Leaving. An older one that is Exiting or Down may still have the
/// singleton: it is asked, and it lets go when its own shutdown is so far; its removal answers for it, after the margin if it did not leave in order.
/// Invariants: nothing is started while an older member that has not let go is known; what is over is never started again.
/// </summary>
internal sealed class SingletonTurn(UniqueAddress self, string? role, bool hasMargin)
{
    private readonly List<SingletonEffect> _effects = [];
    private readonly HashSet<UniqueAddress> _letGo = [];
    private readonly HashSet<UniqueAddress> _margins = [];
    private readonly HashSet<UniqueAddress> _asked = [];
    private readonly HashSet<UniqueAddress> _askers = [];
    private Dictionary<UniqueAddress, Member> _members = [];
    private Phase _phase = Phase.Waiting;

    private enum Phase
    {
        Waiting,
        Running,
        Stopping,
        Over,
    }

    /// <summary>Whether somebody was asked and has not answered.</summary>
    public bool IsAsking => _phase == Phase.Waiting && _asked.Count > 0;

    public IReadOnlyList<SingletonEffect> MembersAre(IEnumerable<Member> members)
    {
        var before = _members;
        _members = members.Where(member => SingletonRole.Fits(member, role)).ToDictionary(member => member.UniqueAddress);
        foreach (var (address, member) in before)
        {
            if (!_members.ContainsKey(address) && !address.Equals(self))
            {
                Removed(member);
            }
        }

        if (Status(self) == MemberStatus.Down || (before.ContainsKey(self) && Status(self) is null))
        {
            LetGo();
        }

        TryStart();
        return Done();
    }

    /// <summary>Asks again those that have not answered.</summary>
    public IReadOnlyList<SingletonEffect> Retry()
    {
        _asked.Clear();
        TryStart();
        return Done();
    }

    public IReadOnlyList<SingletonEffect> HandOverAsked(HandOverToMe request)
    {
        if (!request.Of.Equals(self))
        {
            // An earlier process at this address is meant; it is gone, since this one has its port.
            _effects.Add(new SingletonEffect(SingletonAction.Answer, request.From, request.Of));
            return Done();
        }

        _askers.Add(request.From);
        if (request.IsDown)
        {
            LetGo();
        }

        if (_phase is Phase.Over or Phase.Waiting)
        {
            // Only members that are on their way out are asked, and from there is no way back.
            End();
        }

        return Done();
    }

    public IReadOnlyList<SingletonEffect> HandedOver(UniqueAddress of)
    {
        _letGo.Add(of);
        _margins.Remove(of);
        _asked.Remove(of);
        TryStart();
        return Done();
    }

    public IReadOnlyList<SingletonEffect> MarginPassed(UniqueAddress of)
    {
        _margins.Remove(of);
        TryStart();
        return Done();
    }

    /// <summary>Coordinated shutdown is at the phase in which singletons end.</summary>
    public IReadOnlyList<SingletonEffect> Exit()
    {
        LetGo();
        return Done();
    }

    /// <summary>The singleton has stopped.</summary>
    public IReadOnlyList<SingletonEffect> Stopped()
    {
        if (_phase == Phase.Stopping && Next() is { } next)
        {
            _askers.Add(next.UniqueAddress);
        }

        End();
        return Done();
    }

    private MemberStatus? Status(UniqueAddress address) => _members.TryGetValue(address, out var member) ? member.Status : null;

    private void Removed(Member member)
    {
        var letGo = _letGo.Remove(member.UniqueAddress);
        _asked.Remove(member.UniqueAddress);
        _askers.Remove(member.UniqueAddress);
        if (hasMargin && !letGo && member.Status != MemberStatus.Exiting && _phase == Phase.Waiting)
        {
            _margins.Add(member.UniqueAddress);
            _effects.Add(new SingletonEffect(SingletonAction.AwaitMargin, member.UniqueAddress));
        }
    }

    private void TryStart()
    {
        if (_phase != Phase.Waiting
            || !_members.TryGetValue(self, out var me)
            || me.Status is not (MemberStatus.Up or MemberStatus.Leaving))
        {
            return;
        }

        var older = _members.Values.Where(member => !member.UniqueAddress.Equals(self) && member.IsOlderThan(me)).ToList();
        if (older.Exists(member => member.Status is MemberStatus.Up or MemberStatus.Leaving))
        {
            return;
        }

        older.RemoveAll(member => member.Status is not (MemberStatus.Exiting or MemberStatus.Down) || _letGo.Contains(member.UniqueAddress));
        foreach (var member in older.Where(member => _asked.Add(member.UniqueAddress)))
        {
            _effects.Add(new SingletonEffect(SingletonAction.Ask, member.UniqueAddress));
        }

        if (older.Count == 0 && _margins.Count == 0)
        {
            _phase = Phase.Running;
            _effects.Add(new SingletonEffect(SingletonAction.Start));
        }
    }

    private void LetGo()
    {
        switch (_phase)
        {
            case Phase.Waiting:
                End();
                break;
            case Phase.Running:
                _phase = Phase.Stopping;
                _effects.Add(new SingletonEffect(SingletonAction.Stop));
                break;
        }
    }

    private void End()
    {
        if (_phase != Phase.Over)
        {
            _phase = Phase.Over;
            _effects.Add(new SingletonEffect(SingletonAction.End));
        }

        foreach (var asker in _askers)
        {
            _effects.Add(new SingletonEffect(SingletonAction.Answer, asker, self));
        }

        _askers.Clear();
    }

    private Member? Next() =>
        SingletonRole.Oldest(_members.Values.Where(member => !member.UniqueAddress.Equals(self)), role) is { Status: not MemberStatus.Exiting } next
            ? next
            : null;

    private SingletonEffect[] Done()
    {
        SingletonEffect[] effects = [.. _effects];
        _effects.Clear();
        return effects;
    }
}
