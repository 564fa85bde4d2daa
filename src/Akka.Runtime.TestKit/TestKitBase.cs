using System.Collections;
using System.Linq.Expressions;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>
/// A test with an actor of its own: what that actor gets is what the test expects. Every expectation has an asynchronous twin.
/// One test uses it at a time; messages come from any thread. It is one class, and long, because its API is.
/// </summary>
public abstract class TestKitBase : IActorRefFactory
{
    private readonly ITestKitAssertions _assertions;
    private readonly ReceivedMessages _received = new();
    private TestClock _clock = null!;
    private Expectations _expect = null!;

    protected TestKitBase(ITestKitAssertions assertions, ActorSystem? system = null, string? testActorName = null)
        : this(assertions, system, ActorSystemSetup.Empty, null, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, ActorSystemSetup setup, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, null, setup, actorSystemName, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, Config config, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, null, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config)), actorSystemName, testActorName)
    {
    }

    protected TestKitBase(
        ITestKitAssertions assertions, ActorSystem? system, ActorSystemSetup config, string? actorSystemName, string? testActorName)
    {
        _assertions = assertions;
        InitializeTest(system!, config, actorSystemName!, testActorName!);
    }

    public static Config DefaultConfig => Configs.TestConfigs.DefaultConfig;

    /// <summary>Logs all that the runtime can say.</summary>
    public static Config FullDebugConfig { get; } = ConfigurationFactory.ParseString(
        "akka { loglevel = DEBUG, stdout-loglevel = DEBUG, actor.debug { lifecycle = on, event-stream = on, unhandled = on } }");

    /// <summary>A clock for measuring within a test.</summary>
    public static TimeSpan Now => TimeSpan.FromMilliseconds(Environment.TickCount64);

    public ActorSystem Sys { get; private set; } = null!;

    public TestKitSettings TestKitSettings { get; private set; } = null!;

    /// <summary>The actor whose messages the test expects; it is the sender of the test's plain Tells.</summary>
    public IActorRef TestActor { get; private set; } = null!;

    public ILoggingAdapter Log => Logging.GetLogger(Sys, GetType());

    public object LastMessage => _expect.Last.Message;

    public IActorRef LastSender => _expect.Last.Sender;

    public bool HasMessages => _received.Count > 0;

    public EventFilterFactory EventFilter => new(this, Sys);

    public TimeSpan Remaining => _clock.Remaining;

    public TimeSpan RemainingOrDefault => _clock.RemainingOrDefault;

    internal ITestKitAssertions TestAssertions => _assertions;

    public EventFilterFactory CreateEventFilter(ActorSystem system) => new(this, system);

    public TimeSpan Dilated(TimeSpan duration) => _clock.Dilated(duration);

    public TimeSpan GetTimeoutOrDefault(TimeSpan? timeout) => timeout is { } asked ? Dilated(asked) : RemainingOrDefault;

    public TimeSpan RemainingOrDilated(TimeSpan? duration) => _clock.RemainingOrDilated(duration);

    public IActorRef ActorOf(Props props, string? name) => Sys.ActorOf(props, name);

    public IActorRef ActorOf(Props props) => Sys.ActorOf(props, null);

    public IActorRef ActorOf<TActor>()
        where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>(), null);

    public IActorRef ActorOf<TActor>(string name)
        where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>(), name);

    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory)
        where TActor : ActorBase => Sys.ActorOf(Props.Create(factory), null);

    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory, string name)
        where TActor : ActorBase => Sys.ActorOf(Props.Create(factory), name);

    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, string? name = null)
        where TActor : ActorBase => new(Sys, props, null, name);

    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, IActorRef supervisor, string? name = null)
        where TActor : ActorBase => new(Sys, props, supervisor, name);

    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(string? name = null)
        where TActor : ActorBase, new() => new(Sys, Props.Create<TActor>(), null, name);

    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Expression<Func<TActor>> factory, string? name = null)
        where TActor : ActorBase => new(Sys, Props.Create(factory), null, name);

    public ActorSelection ActorSelection(ActorPath actorPath) => Sys.ActorSelection(actorPath);

    public ActorSelection ActorSelection(string actorPath) => Sys.ActorSelection(actorPath);

    public ActorSelection ActorSelection(IActorRef anchorRef, string actorPath) => Sys.ActorSelection(anchorRef, actorPath);

    /// <summary>A child of the test actor.</summary>
    public IActorRef ChildActorOf(Props props, string name, CancellationToken cancellationToken = default) =>
        Command<IActorRef>(new TestActorActor.Spawn(props, name));

    public IActorRef ChildActorOf(Props props, CancellationToken cancellationToken = default) =>
        Command<IActorRef>(new TestActorActor.Spawn(props, null));

    public virtual TestProbe CreateTestProbe(string? name = null) => CreateTestProbe(Sys, name);

    public virtual TestProbe CreateTestProbe(ActorSystem system, string? name = null) => new(system, _assertions, name);

    public virtual TestLatch CreateTestLatch(int count = 1) => new(count, Dilated(TestKitSettings.DefaultTimeout));

    public IActorRef CreateTestActor(string name) => MakeTestActor(Sys, name, new ReceivedMessages());

    public IActorRef Watch(IActorRef actorToWatch)
    {
        Command<Done>(new TestActorActor.Watch(actorToWatch));
        return actorToWatch;
    }

    public async Task<IActorRef> WatchAsync(IActorRef actorToWatch)
    {
        await CommandAsync<Done>(new TestActorActor.Watch(actorToWatch)).ConfigureAwait(false);
        return actorToWatch;
    }

    public IActorRef Unwatch(IActorRef actorToUnwatch)
    {
        Command<Done>(new TestActorActor.Unwatch(actorToUnwatch));
        return actorToUnwatch;
    }

    public async Task<IActorRef> UnwatchAsync(IActorRef actorToUnwatch)
    {
        await CommandAsync<Done>(new TestActorActor.Unwatch(actorToUnwatch)).ConfigureAwait(false);
        return actorToUnwatch;
    }

    public void SetAutoPilot(AutoPilot pilot) => TestActor.Tell(new TestActorActor.SetAutoPilot(pilot), ActorRefs.NoSender);

    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) =>
        TestActor.Tell(new TestActorActor.SetIgnore(shouldIgnoreMessage), ActorRefs.NoSender);

    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) =>
        IgnoreMessages(message => message is TMsg typed && shouldIgnoreMessage(typed));

    public void IgnoreMessages<TMsg>() => IgnoreMessages(message => message is TMsg);

    public void IgnoreNoMessages() => TestActor.Tell(new TestActorActor.SetIgnore(null), ActorRefs.NoSender);


    public T ExpectMsg<T>(TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(duration, hint, envelope => { }, cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(duration, hint, envelope => { }, cancellationToken);

    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope => _expect.AssertEquals(message, (T)envelope.Message, hint), cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope => _expect.AssertEquals(message, (T)envelope.Message, hint), cancellationToken);

    public T ExpectMsg<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope => _expect.AssertHolds(isMessage((T)envelope.Message), envelope, hint), cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope => _expect.AssertHolds(isMessage((T)envelope.Message), envelope, hint), cancellationToken);

    public T ExpectMsg<T>(Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope => assert((T)envelope.Message), cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope => assert((T)envelope.Message), cancellationToken);

    public T ExpectMsg<T>(Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope => _expect.AssertHolds(isMessageAndSender((T)envelope.Message, envelope.Sender), envelope, hint), cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope => _expect.AssertHolds(isMessageAndSender((T)envelope.Message, envelope.Sender), envelope, hint), cancellationToken);

    public T ExpectMsg<T>(Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope => assertMessageAndSender((T)envelope.Message, envelope.Sender), cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(Action<T, IActorRef> assertMessageAndSender, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope => assertMessageAndSender((T)envelope.Message, envelope.Sender), cancellationToken);

    public T ExpectMsg<T>(T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope => _expect.AssertHolds(comparer(expected, (T)envelope.Message), envelope, hint), cancellationToken);

    public ValueTask<T> ExpectMsgAsync<T>(T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope => _expect.AssertHolds(comparer(expected, (T)envelope.Message), envelope, hint), cancellationToken);

    public T ExpectMsgFrom<T>(IActorRef sender, TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(duration, hint, envelope => _expect.AssertEquals(sender, envelope.Sender, hint), cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(duration, hint, envelope => _expect.AssertEquals(sender, envelope.Sender, hint), cancellationToken);

    public T ExpectMsgFrom<T>(IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope =>
        {
            _expect.AssertEquals(sender, envelope.Sender, hint);
            _expect.AssertEquals(message, (T)envelope.Message, hint);
        }, cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope =>
        {
            _expect.AssertEquals(sender, envelope.Sender, hint);
            _expect.AssertEquals(message, (T)envelope.Message, hint);
        }, cancellationToken);

    public T ExpectMsgFrom<T>(IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope =>
        {
            _expect.AssertEquals(sender, envelope.Sender, hint);
            _expect.AssertHolds(isMessage((T)envelope.Message), envelope, hint);
        }, cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope =>
        {
            _expect.AssertEquals(sender, envelope.Sender, hint);
            _expect.AssertHolds(isMessage((T)envelope.Message), envelope, hint);
        }, cancellationToken);

    public T ExpectMsgFrom<T>(IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(timeout, hint, envelope =>
        {
            _expect.AssertEquals(sender, envelope.Sender, hint);
            assertMessage((T)envelope.Message);
        }, cancellationToken);

    public ValueTask<T> ExpectMsgFromAsync<T>(IActorRef sender, Action<T> assertMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(timeout, hint, envelope =>
        {
            _expect.AssertEquals(sender, envelope.Sender, hint);
            assertMessage((T)envelope.Message);
        }, cancellationToken);

    /// <summary>One message, equal to one of those.</summary>
    public T ExpectMsgAnyOf<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        _expect.Expect<T>(null, null, envelope => _expect.AssertHolds(messages.Contains((T)envelope.Message), envelope, null), cancellationToken);

    public ValueTask<T> ExpectMsgAnyOfAsync<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<T>(null, null, envelope => _expect.AssertHolds(messages.Contains((T)envelope.Message), envelope, null), cancellationToken);

    /// <summary>As many messages as given, equal to them in any order.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages) => ExpectMsgAllOf(RemainingOrDefault, messages);

    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, params T[] messages)
    {
        var got = ReceiveN(messages.Length, max).ToList();
        var missing = messages.Where(message => !got.Remove(message!)).ToList();
        if (missing.Count > 0)
            _assertions.Fail($"Failed: not found [{string.Join(", ", missing)}], found instead [{string.Join(", ", got)}]");
        return messages;
    }

    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        ExpectMsgAllOf([.. messages]);

    public Terminated ExpectTerminated(
        IActorRef target, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.Expect<Terminated>(timeout, hint, envelope => _expect.AssertEquals(target, ((Terminated)envelope.Message).ActorRef, hint), cancellationToken);

    public ValueTask<Terminated> ExpectTerminatedAsync(
        IActorRef target, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        _expect.ExpectAsync<Terminated>(timeout, hint, envelope => _expect.AssertEquals(target, ((Terminated)envelope.Message).ActorRef, hint), cancellationToken);

    public void ExpectNoMsg(CancellationToken cancellationToken = default) => _expect.NoMsg(_clock.RemainingOrDefault, cancellationToken);

    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) => _expect.NoMsg(Dilated(duration), cancellationToken);

    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    public ValueTask ExpectNoMsgAsync(CancellationToken cancellationToken = default) => _expect.NoMsgAsync(_clock.RemainingOrDefault, cancellationToken);

    public ValueTask ExpectNoMsgAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        _expect.NoMsgAsync(Dilated(duration), cancellationToken);

    public ValueTask ExpectNoMsgAsync(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsgAsync(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    /// <summary>The next message, or null when none comes in time.</summary>
    public object ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        _expect.Take(max ?? RemainingOrDefault, cancellationToken)?.Message!;

    public async ValueTask<object> ReceiveOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await _expect.TakeAsync(max ?? RemainingOrDefault, cancellationToken).ConfigureAwait(false))?.Message!;

    public bool TryReceiveOne(out MessageEnvelope envelope, TimeSpan? max = null, CancellationToken cancellationToken = default)
    {
        envelope = _expect.Take(max ?? RemainingOrDefault, cancellationToken) ?? NullMessageEnvelope.Instance;
        return envelope is not NullMessageEnvelope;
    }

    public async ValueTask<(bool success, MessageEnvelope envelope)> TryReceiveOneAsync(TimeSpan? max, CancellationToken cancellationToken = default)
    {
        var envelope = await _expect.TakeAsync(max ?? RemainingOrDefault, cancellationToken).ConfigureAwait(false);
        return (envelope is not null, envelope ?? NullMessageEnvelope.Instance);
    }

    /// <summary>The next message, which stays; or null when none comes in time.</summary>
    public object PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        _received.Peek(max ?? RemainingOrDefault, cancellationToken)?.Message!;

    public async ValueTask<object> PeekOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await _received.PeekAsync(max ?? RemainingOrDefault, cancellationToken).ConfigureAwait(false))?.Message!;

    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        _expect.ReceiveMany(numberOfMessages, RemainingOrDefault, cancellationToken);

    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        _expect.ReceiveMany(numberOfMessages, Dilated(max), cancellationToken);

    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, CancellationToken cancellationToken = default) =>
        _expect.ReceiveManyAsync(numberOfMessages, RemainingOrDefault, cancellationToken);

    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        _expect.ReceiveManyAsync(numberOfMessages, Dilated(max), cancellationToken);

    /// <summary>Messages for as long as <paramref name="filter"/> makes something of them; the first that it does not stays.</summary>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Func<object, T> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        _expect.ReceiveWhile(filter, RemainingOrDilated(max), idle, msgs, cancellationToken);

    /// <summary>Drops messages until one is right.</summary>
    public object FishForMessage(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessage<object>(isMessage, max, hint, cancellationToken);

    public T FishForMessage<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessage(isMessage, [], max, hint, cancellationToken);

    public T FishForMessage<T>(
        Predicate<T> isMessage, ArrayList allMessages, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        _expect.Fish(isMessage, allMessages, RemainingOrDilated(max), hint, cancellationToken);

    public ValueTask<object> FishForMessageAsync(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessageAsync<object>(isMessage, max, hint, cancellationToken);

    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessageAsync(isMessage, [], max, hint, cancellationToken);

    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, ArrayList allMessages, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        _expect.FishAsync(isMessage, allMessages, RemainingOrDilated(max), hint, cancellationToken);

    public async Task FishUntilMessageAsync<T>(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        await FishForMessageAsync<T>(_ => true, max, "", cancellationToken).ConfigureAwait(false);

    /// <summary>Repeats an assertion until it holds; its last failure is the test's.</summary>
    public void AwaitAssert(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Repetition.UntilHolds(assertion, RemainingOrDilated(duration), interval, cancellationToken);

    public Task AwaitAssertAsync(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(
            () =>
            {
                assertion();
                return Task.CompletedTask;
            },
            duration,
            interval,
            cancellationToken);

    public Task AwaitAssertAsync(
        Func<Task> assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Repetition.UntilHoldsAsync(assertion, RemainingOrDilated(duration), interval, cancellationToken);

    public void AwaitCondition(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, null, null, null, cancellationToken);

    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, null, cancellationToken);

    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, string message, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, message, cancellationToken);

    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null, CancellationToken cancellationToken = default) =>
        AwaitAssert(
            () => _assertions.AssertTrue(conditionIsFulfilled(), message ?? "Timeout expired while waiting for a condition."),
            max,
            interval,
            cancellationToken);

    public bool AwaitConditionNoThrow(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Repetition.UntilTrue(conditionIsFulfilled, Dilated(max), interval, cancellationToken);

    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, TimeSpan? max, string message, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null, CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(
            () => _assertions.AssertTrue(conditionIsFulfilled(), message ?? "Timeout expired while waiting for a condition."),
            max,
            interval,
            cancellationToken);

    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, cancellationToken);

    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(
            async () => _assertions.AssertTrue(await conditionIsFulfilled(), "Timeout expired while waiting for a condition."),
            max,
            null,
            cancellationToken);

    /// <summary>Runs code that must be through in time; expectations inside get what is left.</summary>
    public void Within(TimeSpan max, Action action, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, action, null, epsilonValue, cancellationToken);

    public void Within(
        TimeSpan min, TimeSpan max, Action action, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within<object?>(
            min,
            max,
            () =>
            {
                action();
                return null;
            },
            hint,
            epsilonValue,
            cancellationToken);

    public T Within<T>(TimeSpan max, Func<T> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    public T Within<T>(
        TimeSpan min, TimeSpan max, Func<T> function, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default)
    {
        var scope = _clock.Open(min, max, hint, epsilonValue);
        T result;
        try
        {
            result = function();
        }
        finally
        {
            scope.Leave();
        }
        scope.Check();
        return result;
    }

    public Task WithinAsync(
        TimeSpan max, Func<Task> actionAsync, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, actionAsync, null, epsilonValue, cancellationToken);

    public Task WithinAsync(
        TimeSpan min, TimeSpan max, Func<Task> actionAsync, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync<object?>(
            min,
            max,
            async () =>
            {
                await actionAsync();
                return null;
            },
            hint,
            epsilonValue,
            cancellationToken);

    public Task<T> WithinAsync<T>(
        TimeSpan max, Func<Task<T>> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    public async Task<T> WithinAsync<T>(
        TimeSpan min, TimeSpan max, Func<Task<T>> function, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default)
    {
        var scope = _clock.Open(min, max, hint, epsilonValue);
        T result;
        try
        {
            result = await function();
        }
        finally
        {
            scope.Leave();
        }
        scope.Check();
        return result;
    }

    /// <summary>Ends the test's actor system.</summary>
    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) => Shutdown(Sys, duration, verifySystemShutdown);

    IActorRef IActorRefFactory.ActorOf(Props props, string? name) => Sys.ActorOf(props, name);

    protected virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        var time = duration ?? Dilated(TimeSpan.FromSeconds(5));
        time = time < TimeSpan.FromSeconds(10) ? time : TimeSpan.FromSeconds(10);
        if (system.Terminate().Wait(time))
            return;
        var message = $"Failed to stop [{system.Name}] within [{time}]";
        if (verifySystemShutdown)
            throw new TimeoutException(message);
        system.Log.Warning(message);
    }

    protected virtual void InitializeTest(ActorSystem system, ActorSystemSetup config, string actorSystemName, string testActorName)
    {
        if (system is null)
        {
            var bootstrap = config.Get<BootstrapSetup>().GetOrElse(BootstrapSetup.Create());
            system = ActorSystem.Create(actorSystemName ?? "test", config.WithSetup(bootstrap.WithConfigFallback(DefaultConfig)));
        }
        else
        {
            system.Settings.InjectTopLevelFallback(DefaultConfig);
        }
        Sys = system;
        TestKitSettings = TestKitExtension.For(system);
        _clock = new TestClock(TestKitSettings, _assertions);
        _expect = new Expectations(_received, _clock, _assertions);
        TestActor = MakeTestActor(system, testActorName, _received);
        if (this is not INoImplicitSender)
        {
            var cell = ((LocalActorRef)TestActor).Cell;
            InternalCurrentActorCellKeeper.Current = cell;
            SynchronizationContext.SetSynchronizationContext(new TestSynchronizationContext(cell));
        }
    }

    protected TimeSpan RemainingOr(TimeSpan duration) => _clock.RemainingOr(duration);

    private static IActorRef MakeTestActor(ActorSystem system, string? name, ReceivedMessages received) =>
        ((ExtendedActorSystem)system).SystemActorOf(
            Props.Create(() => new TestActorActor(received)).WithDispatcher("akka.test.test-actor.dispatcher"),
            name ?? TestActorNames.Next());

    private T Command<T>(object command) => TestActor.Ask<T>(command, Dilated(TestKitSettings.DefaultTimeout)).GetAwaiter().GetResult();

    private Task<T> CommandAsync<T>(object command) => TestActor.Ask<T>(command, Dilated(TestKitSettings.DefaultTimeout));
}
