using Akka.Actor;
using Akka.Broker.Coordination;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;
using Akka.Event;

namespace Akka.Broker.Groups;

/// <summary>
/// Carries one <see cref="Group"/>: hands it commands and time, answers whom it answers, and lets its parent, the
/// <see cref="GroupCoordinatorActor"/>, append what it writes. It never restarts: when it fails or its coordinator loses the log,
/// those who still wait are answered and the next incarnation comes from the log.
/// </summary>
internal sealed class GroupActor : UntypedActor, IWithTimers
{
    /// <summary>Append this and answer with <see cref="WriteCommitted"/> or <see cref="WriteRefused"/>.</summary>
    internal sealed record Append(string GroupId, EncodedWrite Write);

    internal sealed record WriteCommitted(GroupWrite Write);

    internal sealed record WriteRefused(GroupWrite Write, ErrorCode Error);

    /// <summary>What ListGroups is to show of the group has changed.</summary>
    internal sealed record Listed(GroupListing Listing);

    /// <summary>There is nothing to remember after so many of the parent's messages; if that was all of them, the group can go.</summary>
    internal sealed record Idle(string GroupId, long Received);

    internal sealed record Expire
    {
        public static readonly Expire Instance = new();
    }

    internal sealed record Forget(IReadOnlySet<string> Topics);

    /// <summary>The coordinator drops its state: whoever waits is told so, and this incarnation ends.</summary>
    internal sealed record Abandon(ErrorCode Error);

    private sealed record DeadlineReached
    {
        public static readonly DeadlineReached Instance = new();
    }

    private const string DeadlineTimer = "deadline";
    private const long NotArmed = long.MaxValue;

    private readonly Group _group;
    private readonly GroupServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<RequestId, (IActorRef Asker, GroupCommand Command)> _waiting = [];
    private long _nextRequest;
    private long _received;
    private long _armedForMs = NotArmed;
    private GroupListing? _listed;
    private ErrorCode _endsWith = ErrorCode.CoordinatorNotAvailable;

    public GroupActor(Group group, GroupServices services)
    {
        _group = group;
        _services = services;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Group group, GroupServices services) => Akka.Actor.Props.Create(() => new GroupActor(group, services));

    protected override void PreStart() => CarryOut();

    protected override void PostStop()
    {
        foreach (var (asker, command) in _waiting.Values)
            asker.Tell(command.Fail(_endsWith));
    }

    protected override void OnReceive(object message)
    {
        var now = _services.Now;
        switch (message)
        {
            case GroupCommand command:
                _received++;
                var request = new RequestId(_nextRequest++);
                _waiting.Add(request, (Sender, command));
                _group.Handle(request, command, now);
                break;
            case WriteCommitted committed:
                _received++;
                _group.Committed(committed.Write, now);
                break;
            case WriteRefused refused:
                _received++;
                _group.Refused(refused.Write, refused.Error, now);
                break;
            case DeadlineReached:
                _armedForMs = NotArmed;
                _group.RunDeadlines(now);
                break;
            case Expire:
                _received++;
                _group.ExpireOffsets(now);
                break;
            case Forget forget:
                _received++;
                _group.ForgetPartitions(p => forget.Topics.Contains(p.Topic), now);
                break;
            case Abandon abandon:
                _endsWith = abandon.Error;
                Context.Stop(Self);
                return;
            default:
                Unhandled(message);
                return;
        }

        CarryOut();
    }

    /// <summary>The parent is told first: a client that lists groups behind an answer finds what it was answered.</summary>
    private void CarryOut()
    {
        TellParent();
        var effects = _group.Effects;
        foreach (var answer in effects.Answers)
        {
            if (_waiting.Remove(answer.Request, out var waiting))
                waiting.Asker.Tell(answer.Result);
        }

        foreach (var write in effects.Writes)
            Context.Parent.Tell(new Append(_group.Id, new EncodedWrite(write)));
        foreach (var note in effects.Notes)
        {
            _log.Info("Group {0} {1}", _group.Id, note);
            _services.History.Add(_group.Id, _services.Now.UnixMs, note);
        }
        effects.Clear();
        ArmTimer();
    }

    private void TellParent()
    {
        if (_group.IsForgettable)
        {
            Context.Parent.Tell(new Idle(_group.Id, _received));
        }
        else if (_listed is null || _listed.State != _group.State || _listed.ProtocolType != _group.ProtocolType)
        {
            _listed = _group.Listing;
            Context.Parent.Tell(new Listed(_listed));
        }
    }

    /// <summary>One timer for the nearest deadline. A heartbeat moves deadlines later and so leaves it alone.</summary>
    private void ArmTimer()
    {
        if (_group.NextDeadlineMs is not { } next || next >= _armedForMs)
            return;
        _armedForMs = next;
        var delayMs = Math.Max(next - _services.Now.MonotonicMs, 0);
        Timers.StartSingleTimer(DeadlineTimer, DeadlineReached.Instance, TimeSpan.FromMilliseconds(delayMs));
    }
}
