using System.Globalization;
using Akka.Actor;
using Akka.Broker.Coordination;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Event;

namespace Akka.Broker.Groups;

/// <summary>
/// The coordinator of the groups of one partition of <c>__consumer_offsets</c>: entity of shard region <c>group</c>, named for the partition's number.
/// <code>
///            this node leads            log read up to where it ended
///   ┌──────┐ ────────────▶ ┌─────────┐ ─────────────────────────────▶ ┌────────┐
///   │ Idle │               │ Loading │                                │ Active │
///   └──────┘ ◀──────────── └─────────┘ ◀───────────────────────────── └────────┘
///            it does not                leadership lost, or a write whose fate is unknown
/// </code>
/// Idle answers NOT_COORDINATOR. Loading keeps requests for a moment and answers COORDINATOR_LOAD_IN_PROGRESS from then on. Active hands them to
/// one <see cref="GroupActor"/> a group and appends what those write, in their order, one batch at a time; a group learns that its write is
/// committed when the partition's watermark has passed it. On the way back from Active everybody who waits is answered and all state is dropped:
/// it is in the log.
/// </summary>
public sealed class GroupCoordinatorActor : UntypedActor, IWithTimers, IWithUnboundedStash
{
    private sealed record LeadAnswered(int Term, ErrorCode Error);

    private sealed record Loaded(int Term, LedPartition Led, LoadedGroups? Groups, Exception? Failure);

    private sealed record Appended(int Term, AppendReply Reply);

    private sealed record LeadershipEnded(int Term);

    private sealed record LoadAgain(int Term);

    private sealed record PatienceEnded(int Term);

    private sealed record CheckExpiry
    {
        public static readonly CheckExpiry Instance = new();
    }

    private sealed class Child(IActorRef actor)
    {
        public IActorRef Actor { get; } = actor;

        /// <summary>Messages sent to it; when it has received as many, none is on its way.</summary>
        public long Sent { get; set; }

        public GroupListing? Listing { get; set; }
    }

    private const string RetryTimer = "retry";
    private const string PatienceTimer = "patience";
    private const string ExpiryTimer = "expiry";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LeadTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The partition refuses what comes too late; only if it does not answer at all is this waited for beyond the deadline.</summary>
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromSeconds(10);

    private readonly GroupServices _services;
    private readonly int _partition;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, Child> _children = [];
    private readonly CancellationTokenSource _stopping = new();
    private AppendQueue _appends = new(0);
    private LedPartition? _led;
    private ClosedPartitionListener? _listener;

    /// <summary>Counts the attempts to lead; what was asked in an older one is not heard any more.</summary>
    private int _term;
    private bool _isPatient;

    public GroupCoordinatorActor(GroupServices services)
    {
        _services = services;
        _partition = int.Parse(Self.Path.Name, CultureInfo.InvariantCulture);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public IStash Stash { get; set; } = null!;

    public static Props Props(GroupServices services) => Akka.Actor.Props.Create(() => new GroupCoordinatorActor(services));

    protected override void OnReceive(object message) => Idle(message);

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    /// <summary>A group that fails has lost its state, and with it the order of its writes: all is read again.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _stopping.Cancel();
        _stopping.Dispose();
        Unsubscribe();
    }

    // ---- Idle ----

    private void Idle(object message)
    {
        if (message is DeadLetter undelivered)
            AnswerFor(undelivered);
        if (message is not IGroupCoordinatorCommand command)
            return;
        if (LeadHere() is null)
        {
            Refuse(command, ErrorCode.NotCoordinator);
            return;
        }

        _isPatient = true;
        Timers.StartSingleTimer(PatienceTimer, new PatienceEnded(_term + 1), Patience);
        Stash.Stash();
        Load();
    }

    // ---- Loading ----

    private void Load()
    {
        if (LeadHere() is not { } lead)
        {
            BecomeIdle();
            return;
        }

        _term++;
        Context.Become(Loading);
        if (FindLed() is not { } led || led.View.LeaderEpoch != lead.LeaderEpoch)
        {
            LoadLater();
            return;
        }

        var term = _term;
        // What an earlier term sent is in the log, or never will be, when the leader answers this.
        _services.PartitionRegion.Ask<Leading>(lead, LeadTimeout, _stopping.Token).PipeTo(
            Self,
            success: leading => new LeadAnswered(term, leading.Error),
            failure: _ => new LeadAnswered(term, ErrorCode.RequestTimedOut));
    }

    private void Loading(object message)
    {
        switch (message)
        {
            case ForgetTopics:
            case IGroupCoordinatorCommand when _isPatient:
                Stash.Stash();
                break;
            case IGroupCoordinatorCommand command:
                Refuse(command, ErrorCode.CoordinatorLoadInProgress);
                break;
            case LeadAnswered answered when answered.Term == _term:
                ReadLog(answered.Error);
                break;
            case Loaded loaded when loaded.Term == _term:
                Activate(loaded);
                break;
            case LoadAgain again when again.Term == _term:
                Load();
                break;
            case PatienceEnded:
                _isPatient = false;
                Stash.UnstashAll();
                break;
            case DeadLetter undelivered:
                AnswerFor(undelivered);
                break;
        }
    }

    private void ReadLog(ErrorCode error)
    {
        if (error != ErrorCode.None || FindLed() is not { } led)
        {
            LoadLater();
            return;
        }

        var term = _term;
        Task.Run(() => GroupLoader.LoadAsync(led, _services.Config, _services.Time, _stopping.Token), _stopping.Token).PipeTo(
            Self,
            success: groups => new Loaded(term, led, groups, null),
            failure: cause => new Loaded(term, led, null, cause));
    }

    private void Activate(Loaded loaded)
    {
        if (loaded.Groups is not { } found || loaded.Led.IsClosed)
        {
            if (loaded.Failure is not null)
                _log.Error(loaded.Failure, "The groups of {0} could not be loaded; trying again", loaded.Led.Id);
            LoadLater();
            return;
        }

        _led = loaded.Led;
        _appends = new AppendQueue(_led.Log.Config.MaxMessageBytes);
        Context.Become(Active);
        _listener = new ClosedPartitionListener(Self, new LeadershipEnded(_term));
        _led.Subscribe(_listener);
        _listener.OnViewChanged(_led);
        Timers.Cancel(PatienceTimer);
        Timers.StartPeriodicTimer(ExpiryTimer, CheckExpiry.Instance, _services.ExpiryCheckInterval);
        var now = _services.Now;
        foreach (var group in found.Groups)
        {
            group.Restore(now);
            Start(group);
        }

        if (found.RecordCount > 0)
        {
            _log.Info(
                "Coordinates {0} groups of {1}: {2} records read in {3} ms",
                found.Groups.Count, _led.Id, found.RecordCount, (long)found.Took.TotalMilliseconds);
        }

        if (found.MalformedCount > 0)
            _log.Warning("{0} records of {1} could not be read and were skipped, the first: {2}", found.MalformedCount, _led.Id, found.FirstProblem);
        Stash.UnstashAll();
    }

    private void LoadLater() => Timers.StartSingleTimer(RetryTimer, new LoadAgain(_term), RetryDelay);

    private void BecomeIdle()
    {
        _term++;
        Timers.CancelAll();
        Context.Become(Idle);
        Stash.UnstashAll();
    }

    // ---- Active ----

    private void Active(object message)
    {
        switch (message)
        {
            case GroupRequest request:
                Hand(request);
                break;
            case GroupActor.Append append:
                Take(append);
                break;
            case Appended appended when appended.Term == _term:
                Finish(appended.Reply);
                break;
            case GroupActor.Listed listed when IsOurs(listed.Listing.GroupId, out var child):
                child.Listing = listed.Listing;
                break;
            case GroupActor.Idle idle when IsOurs(idle.GroupId, out var child) && child.Sent == idle.Received:
                _children.Remove(idle.GroupId);
                Context.Unwatch(child.Actor);
                Context.Stop(child.Actor);
                break;
            case ListGroups:
                Sender.Tell(new GroupsListed(ErrorCode.None, [.. _children.Values.Where(c => c.Listing is not null).Select(c => c.Listing!)]));
                break;
            case ForgetTopics forget:
                TellAll(new GroupActor.Forget(forget.Topics));
                break;
            case CheckExpiry:
                TellAll(GroupActor.Expire.Instance);
                break;
            case DeadLetter undelivered:
                AnswerFor(undelivered);
                break;
            case LeadershipEnded ended when ended.Term == _term:
                Drop("its leadership ended", ErrorCode.NotCoordinator, isOrderly: true);
                break;
            case Terminated terminated when _children.Values.Any(c => c.Actor.Equals(terminated.ActorRef)):
                Drop("one of its groups failed", ErrorCode.CoordinatorLoadInProgress);
                break;
        }
    }

    private void Hand(GroupRequest request)
    {
        if (!_children.TryGetValue(request.GroupId, out var child))
        {
            if (!request.Command.CreatesGroup)
            {
                Sender.Tell(request.Command.AnswerWithoutGroup());
                return;
            }

            child = Start(new Group(request.GroupId, _services.Config));
        }

        child.Sent++;
        child.Actor.Forward(request.Command);
    }

    private void Take(GroupActor.Append append)
    {
        if (!IsOurs(append.GroupId, out var child))
            return;
        if (_appends.IsTooLarge(append.Write))
        {
            Send(child, new GroupActor.WriteRefused(append.Write.Write, AppendErrors.ToClient(ErrorCode.MessageTooLarge)));
            return;
        }

        _appends.Enqueue(child.Actor, append.Write);
        BeginAppend();
    }

    private void BeginAppend()
    {
        var led = _led!;
        if (_appends.TryBegin(_services.Now.UnixMs) is not { } batch)
            return;
        var term = _term;
        var time = _services.Time;
        var deadline = time.GetTimestamp() + (long)(_services.CommitTimeout.TotalSeconds * time.TimestampFrequency);
        var append = new AppendRecords(led.Id, led.View.LeaderEpoch, batch, Acks: -1, deadline, AppendOrigin.Coordinator);
        _services.PartitionRegion.Ask<AppendReply>(append, _services.CommitTimeout + AnswerGrace, _stopping.Token).PipeTo(
            Self,
            success: reply => new Appended(term, reply),
            failure: cause => new Appended(term, AppendReply.Refused(ErrorCode.RequestTimedOut, cause.Message)));
    }

    private void Finish(AppendReply reply)
    {
        if (reply.Error != ErrorCode.None && !AppendErrors.IsRefusal(reply.Error))
        {
            Drop($"an append failed: {reply.Error} {reply.Message}", AppendErrors.ToClient(reply.Error));
            return;
        }

        foreach (var (actor, write) in _appends.InFlight)
        {
            var child = _children[write.Write.Records[0].GroupId];
            Invariant.Check(child.Actor.Equals(actor));
            Send(child, reply.Error == ErrorCode.None
                ? new GroupActor.WriteCommitted(write.Write)
                : new GroupActor.WriteRefused(write.Write, AppendErrors.ToClient(reply.Error)));
        }

        _appends.End();
        BeginAppend();
    }

    /// <summary>Back to the log. Who asks meanwhile is answered by what Loading or Idle answer.</summary>
    private void Drop(string reason, ErrorCode error, bool isOrderly = false)
    {
        const string Text = "Drops the {0} groups of {1} and reads them again: {2}";
        if (isOrderly)
            _log.Info(Text, _children.Count, _led!.Id, reason);
        else
            _log.Warning(Text, _children.Count, _led!.Id, reason);
        foreach (var child in _children.Values)
        {
            Context.Unwatch(child.Actor);
            child.Actor.Tell(new GroupActor.Abandon(error));
        }

        _children.Clear();
        _appends.Clear();
        Unsubscribe();
        Timers.CancelAll();
        _isPatient = false;
        Load();
    }

    private Child Start(Group group)
    {
        var actor = Context.ActorOf(GroupActor.Props(group, _services));
        Context.Watch(actor);
        return _children[group.Id] = new Child(actor);
    }

    private bool IsOurs(string groupId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Child? child) =>
        _children.TryGetValue(groupId, out child) && child.Actor.Equals(Sender);

    private void TellAll(object message)
    {
        foreach (var child in _children.Values)
            Send(child, message);
    }

    private static void Send(Child child, object message)
    {
        child.Sent++;
        child.Actor.Tell(message);
    }

    private void Unsubscribe()
    {
        if (_led is not null && _listener is not null)
            _led.Unsubscribe(_listener);
        _led = null;
        _listener = null;
    }

    /// <summary>The partition, once its leader is up here.</summary>
    private LedPartition? FindLed() =>
        _services.Led.TryGet(new TopicPartition(InternalTopics.ConsumerOffsets, _partition), out var led) && !led.IsClosed ? led : null;

    /// <summary>What the partition's leader acknowledges, if that is this node.</summary>
    private Lead? LeadHere() =>
        _services.Metadata.Current.TryGetTopic(InternalTopics.ConsumerOffsets, out var topic)
        && topic.TryGetPartition(_partition, out var image)
        && image.Leader == _services.NodeId
            ? new Lead(topic.IdOf(_partition), image.LeaderEpoch)
            : null;

    /// <summary>A group that ends takes with it what it has not received yet; whoever sent that would wait in vain.</summary>
    private void AnswerFor(DeadLetter undelivered)
    {
        if (undelivered.Message is GroupCommand command && undelivered.Recipient.Path.Parent.Equals(Self.Path))
            undelivered.Sender.Tell(command.Fail(ErrorCode.CoordinatorLoadInProgress));
    }

    private void Refuse(IGroupCoordinatorCommand command, ErrorCode error)
    {
        switch (command)
        {
            case GroupRequest request:
                Sender.Tell(request.Command.Fail(error));
                break;
            case ListGroups:
                Sender.Tell(new GroupsListed(error, []));
                break;
        }
    }
}
