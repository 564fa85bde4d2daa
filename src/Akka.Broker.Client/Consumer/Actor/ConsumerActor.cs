using Akka.Actor;
using Akka.Broker.Client.Consuming;
using Akka.Broker.Client.Diagnostics;
using Akka.Event;

namespace Akka.Broker.Client;

/// <summary>
/// A consumer. Carries a <see cref="GroupMembership"/>, a <see cref="PartitionSet"/>, a <see cref="FetchLoop"/> and an <see cref="OffsetCommitter"/>; never waits for anything
/// but its mailbox, so heartbeats go out however slow handlers are.
/// <code>
///  commands (Subscribe, SeekPartition, …) ─▶ ┌───────────────┐ ─ requests ─▶ brokers
///  answers of brokers ─────────────────────▶ │ ConsumerActor │ ─ chunks ─▶ ChunkQueue ─▶ one reader: a target's or handlers' child, or await foreach
///  nudges: memory is free, nothing is held ▶ └───────────────┘ ─ events ─▶ the owner          │ moves PartitionDelivery on
///                                                    ▲─── reads what is finished: commits ────┘
/// </code>
/// After each message it looks at what can be asked now, and sets one timer for the next thing that is due. A bug in it ends the consumer, and the reader learns why.
/// </summary>
public sealed class ConsumerActor : ReceiveActor, IWithTimers
{
    private readonly ConsumerCore _core;
    private long _wakeAt = long.MaxValue;

    internal ConsumerActor(ConsumerOptions options)
    {
        var log = Context.GetLogger();
        var context = new ConsumerContext(options.Cluster, options.Settings, options.RetryBackoff, options.Time, Self, log)
        {
            Telemetry = options.Telemetry,
            MetadataMaxAgeMs = (long)options.MetadataMaxAge.TotalMilliseconds,
        };
        _core = new ConsumerCore(context, options.Link, () => Context.Stop(Self));
        options.Link.Actor = Self;
        On<Subscribe>(m => _core.Subscribe(m, Sender));
        On<SubscribePattern>(m => _core.Subscribe(m, Sender));
        On<AssignTo>(m => _core.Assign(m, Sender));
        On<PausePartitions>(m => _core.Pause(m.Partitions, true, Sender));
        On<ResumePartitions>(m => _core.Pause(m.Partitions, false, Sender));
        On<SeekPartition>(m => _core.Seek(m, Sender));
        On<CommitFinished>(_ => _core.CommitFinished(Sender));
        On<CommitOffsets>(m => _core.Commit(m, Sender));
        On<GetCommitted>(m => _core.GetCommitted(m, Sender));
        On<GetPositions>(_ => Sender.Tell(_core.Positions()));
        On<GetLag>(_ => Sender.Tell(_core.Lag()));
        On<ExplainConsumer>(_ => Sender.Tell(_core.Explain()));
        On<CloseConsumer>(_ => _core.Close(Sender));
        On<ConsumerNudge>(_ => { });
        On<ConsumerWake>(_ => _wakeAt = long.MaxValue);
        On<EventRaised>(m => _core.Raise(m.Event));
        On<ReadFailed>(m => _core.OnReadFailed(m));
        On<DeliveryAbandoned>(m => _core.OnAbandoned(m.Delivery));
        On<ViewChanged>(m => _core.OnView(m.View));
        ReceiveAnswers();
        if (options.Reader is not { } props)
            return;
        var reader = Context.ActorOf(props, "reader");
        Receive<RequestRecords>(reader.Forward);
        Receive<RecordsHandled>(reader.Forward);
    }

    /// <summary>
    /// A consumer that sends its records to <paramref name="target"/>: <see cref="ConsumedRecords{TKey,TValue}"/>, as many as the target asks for with
    /// <see cref="RequestRecords"/>. The target says with <see cref="RecordsHandled"/> what it has done, and gets every <see cref="ConsumerEvent"/>. Start it by
    /// <see cref="Subscribe"/> or <see cref="AssignTo"/>.
    /// </summary>
    public static Props Props<TKey, TValue>(
        BrokerClient client,
        IDeserializer<TKey> keys,
        IDeserializer<TValue> values,
        IActorRef target,
        ConsumerSettings? settings = null,
        IRebalanceListener? listener = null)
    {
        var demand = new DeliveryDemand();
        var link = new ConsumerLink { Listener = listener, Told = told => target.Tell(told, ActorRefs.NoSender), HasDemand = () => demand.Count > 0 };
        var checkedSettings = (settings ?? ConsumerSettings.Of(client.Config)).Checked();
        var decoder = new RecordDecoder<TKey, TValue>(keys, values);
        var options = client.OptionsOf(checkedSettings) with
        {
            Link = link,
            Reader = Actor.Props.Create(() => new DeliveryActor<TKey, TValue>(link, decoder, checkedSettings, target, demand)),
        };
        return PropsOf(options);
    }

    /// <summary>Props can call public constructors alone, and this one is not for applications.</summary>
    internal static Props PropsOf(ConsumerOptions options) => Actor.Props.CreateBy(new Maker(options));

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>What a reader cannot go on after, the consumer cannot either.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        _core.Fail("The delivery of records has failed", cause);
        return Directive.Stop;
    });

    protected override void PreStart() => _core.Start();

    protected override void PostStop() => _core.Stop();

    private void ReceiveAnswers()
    {
        On<CoordinatorAnswered>(m => _core.Carry(_core.Membership!.OnCoordinator(m.Number, m.Broker, m.Error, _core.NowMs)));
        On<JoinAnswered>(m => _core.Carry(_core.Membership!.OnJoined(m.Number, m.Response, _core.NowMs)));
        On<AssignmentComputed>(m => _core.OnComputed(m));
        On<TopicsListed>(m => _core.OnListed(m));
        On<SyncAnswered>(m => _core.Carry(_core.Membership!.OnSynced(m.Number, m.Response, _core.NowMs)));
        On<HeartbeatAnswered>(m => _core.Carry(_core.Membership!.OnHeartbeat(m.Number, m.Error, _core.NowMs)));
        On<LeaveAnswered>(m => _core.Carry(_core.Membership!.OnLeft(m.Number, _core.NowMs)));
        On<AssignCallbackDone>(m => _core.OnAssignCallbackDone(m));
        On<RevokeCallbackDone>(m => _core.OnRevokeCallbackDone(m));
        On<CommittedAnswered>(m => _core.OnCommitted(m));
        On<ResetAnswered>(m => _core.Partitions.OnReset(m, _core.NowMs));
        On<ValidationAnswered>(m => _core.Partitions.OnValidated(m, _core.NowMs));
        On<FetchAnswered>(m => _core.Fetches.OnAnswered(m, _core.NowMs));
        On<CommitAnswered>(m => _core.OnCommitAnswered(m));
    }

    /// <summary>Handles a message, then does whatever has become possible.</summary>
    private void On<T>(Action<T> handle) => Receive<T>(message =>
    {
        try
        {
            handle(message);
            Wake(_core.Pump());
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            _core.Fail("The consumer has failed", bug);
        }
    });

    private void Wake(long atMs)
    {
        if (atMs >= _wakeAt)
            return;
        _wakeAt = atMs;
        Timers.StartSingleTimer(ConsumerWake.Instance, ConsumerWake.Instance, TimeSpan.FromMilliseconds(Math.Max(1, atMs - _core.NowMs)));
    }

    private sealed class Maker(ConsumerOptions options) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ConsumerActor);

        public ActorBase Produce() => new ConsumerActor(options);

        public void Release(ActorBase actor)
        {
            // Nothing was lent.
        }
    }
}

/// <summary>What a <see cref="ConsumerActor"/> is made of.</summary>
internal sealed record ConsumerOptions
{
    public required Cluster.IClusterClient Cluster { get; init; }

    public required ConsumerSettings Settings { get; init; }

    public required ConsumerLink Link { get; init; }

    public required TimeProvider Time { get; init; }

    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan MetadataMaxAge { get; init; } = TimeSpan.FromMinutes(5);

    public ConsumerTelemetry Telemetry { get; init; } = ConsumerTelemetry.Nameless;

    /// <summary>Opens what handlers' dead letters are written with; it tells of each attempt that failed and is repeated.</summary>
    public required Func<Action<BrokerClientException>, IDeadLetterWriter> DeadLetters { get; init; }

    /// <summary>The child that reads the queue; null: somebody outside does.</summary>
    public Props? Reader { get; init; }
}
