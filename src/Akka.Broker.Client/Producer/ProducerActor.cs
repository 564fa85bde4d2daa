using Akka.Actor;

namespace Akka.Broker.Client;

/// <summary>How producer actors are made.</summary>
public static class ProducerActor
{
    /// <summary>Records that one source may have under way, unless it is said otherwise.</summary>
    public const int DefaultWindow = 1000;

    /// <param name="keys">Makes bytes of keys.</param>
    /// <param name="values">Makes bytes of values.</param>
    /// <param name="settings">Null: those of the system's configuration.</param>
    /// <param name="window">How many records a source that asks for demand may have under way.</param>
    public static Props Props<TKey, TValue>(ISerializer<TKey> keys, ISerializer<TValue> values, ProducerSettings? settings = null, int window = DefaultWindow)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        return Akka.Actor.Props.Create(() => new ProducerActor<TKey, TValue>(system => BrokerClient.Get(system).CreateProducer(keys, values, settings, null), window));
    }
}

/// <summary>
/// A producer as an actor: takes <see cref="Produce{TKey, TValue}"/>, answers each with its delivery.
/// <code>
///  [ taking ] ─ a record finds no memory ─▶ [ full: all that comes is stashed ] ─ there is some ─▶ [ taking ]
/// </code>
/// A source of many records asks for demand: it is told how many it may send, and as they are delivered, how many more. So neither the mailbox nor the stash
/// grows beyond the windows of such sources. When the actor stops, what it has taken is delivered still; what it had stashed goes to dead letters. A restart
/// makes a new producer and loses nothing that was taken.
/// </summary>
public sealed class ProducerActor<TKey, TValue> : ReceiveActor, IWithUnboundedStash, IDeliveryHandler
{
    private readonly Producer<TKey, TValue> _producer;
    private readonly Dictionary<IActorRef, Source> _sources = [];
    private readonly int _window;

    public ProducerActor(Func<ActorSystem, Producer<TKey, TValue>> create, int window)
    {
        _producer = create(Context.System);
        _window = window;
        Taking();
    }

    public IStash Stash { get; set; } = null!;

    protected override void PostStop() => _ = _producer.DisposeAsync().AsTask();

    /// <summary>On the producer's thread.</summary>
    void IDeliveryHandler.OnDelivery(in DeliveryReport report, object? state)
    {
        var asked = (Asked)state!;
        asked.By.Tell(report.IsDelivered ? new RecordDelivered(report, asked.Correlation) : new RecordFailed(report, asked.Correlation));
        asked.Source?.Settled();
    }

    private void Taking()
    {
        Receive<Produce<TKey, TValue>>(Send);
        Receive<FlushProducer>(_ =>
        {
            var asker = Sender;
            _producer.FlushAsync().PipeTo(asker, success: () => ProducerFlushed.Instance);
        });
        ReceiveSources();
    }

    private void Full()
    {
        Receive<Accepted>(_ =>
        {
            Become(Taking);
            Stash.UnstashAll();
        });
        Receive<Produce<TKey, TValue>>(_ => Stash.Stash());
        Receive<FlushProducer>(_ => Stash.Stash());
        ReceiveSources();
    }

    private void ReceiveSources()
    {
        Receive<RequestProduceDemand>(_ =>
        {
            if (_sources.ContainsKey(Sender))
                return;
            _sources.Add(Sender, new Source(Sender, _window));
            Context.Watch(Sender);
            Sender.Tell(new ProduceDemand(_window));
        });
        Receive<Terminated>(terminated => _sources.Remove(terminated.ActorRef));
    }

    private void Send(Produce<TKey, TValue> produce)
    {
        var asked = new Asked(Sender, produce.Correlation, _sources.GetValueOrDefault(Sender));
        ValueTask accepted;
        try
        {
            accepted = _producer.PostAsync(produce.Record, this, asked);
        }
        catch (Exception refusal)
        {
            var error = refusal as BrokerClientException ?? new DeliveryException(Protocol.ErrorCode.InvalidRecord, $"The record cannot be sent: {refusal.Message}", cause: refusal);
            ((IDeliveryHandler)this).OnDelivery(new DeliveryReport(produce.Record.Topic, produce.Record.Partition ?? -1, -1, -1, error), asked);
            return;
        }
        if (accepted.IsCompletedSuccessfully)
            return;
        Become(Full);
        // A failure was reported by its handler.
        accepted.AsTask().PipeTo(Self, success: () => Accepted.Instance, failure: _ => Accepted.Instance);
    }

    private sealed record Asked(IActorRef By, object? Correlation, Source? Source);

    private sealed record Accepted
    {
        public static readonly Accepted Instance = new();
    }

    /// <summary>One that keeps to its demand. What was reported is granted anew by halves of the window.</summary>
    private sealed class Source(IActorRef actor, int window)
    {
        private int _settled;

        public void Settled()
        {
            if (Interlocked.Increment(ref _settled) < Math.Max(1, window / 2))
                return;
            if (Interlocked.Exchange(ref _settled, 0) is var granted and > 0)
                actor.Tell(new ProduceDemand(granted));
        }
    }
}
