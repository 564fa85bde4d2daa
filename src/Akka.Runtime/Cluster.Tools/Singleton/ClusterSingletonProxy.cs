using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>
/// Forwards to the singleton of the managers at a path, wherever it runs. While that is not known, messages wait in a buffer, from which
/// the oldest fall out, and the oldest member is asked: soon after a change, and then every interval.
/// </summary>
public sealed class ClusterSingletonProxy : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20);

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly Queue<Envelope> _buffer = new();
    private readonly ClusterSingletonProxySettings _settings;
    private readonly string _singletonPath;
    private IActorRef? _singleton;
    private Member? _oldest;
    private TimeSpan _nextLook;
    private int _asked;

    public ClusterSingletonProxy(string singletonManagerPath, ClusterSingletonProxySettings settings)
    {
        _settings = settings;
        _singletonPath = $"{singletonManagerPath.TrimEnd('/')}/{settings.SingletonName}";
        Receive<IMemberEvent>(_ => Follow());
        Receive<Look>(_ => Identify());
        Receive<ActorIdentity>(Identified);
        Receive<Terminated>(_ => LookAgain(), ended => ended.ActorRef.Equals(_singleton));
        Receive<Terminated>(_ => { });
        ReceiveAny(Forward);
    }

    ITimerScheduler IWithTimers.Timers { get; set; } = null!;

    private ITimerScheduler Timers => ((IWithTimers)this).Timers;

    public static Props Props(string singletonManagerPath, ClusterSingletonProxySettings settings) =>
        Actor.Props.Create(() => new ClusterSingletonProxy(singletonManagerPath, settings)).WithDeploy(Deploy.Local);

    public static Config DefaultConfig() => ConfigurationFactory.FromResource<ClusterSingletonProxy>("tools.conf");

    protected override void PreStart() =>
        _cluster.Subscribe(Self, SubscriptionInitialStateMode.InitialStateAsEvents, typeof(IMemberEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Follow()
    {
        var oldest = SingletonRole.Oldest(_cluster.State.Members, _settings.Role);
        if (!Equals(oldest, _oldest))
        {
            _oldest = oldest;
            LookAgain();
        }
    }

    private void LookAgain()
    {
        if (_singleton is not null)
        {
            Context.Unwatch(_singleton);
            _singleton = null;
        }

        if (_oldest is null)
        {
            Timers.Cancel(Look.Instance);
            return;
        }

        _nextLook = FirstLook;
        Identify();
    }

    private void Identify()
    {
        if (_oldest is { } oldest && _singleton is null)
        {
            var path = oldest.UniqueAddress.Equals(_cluster.SelfUniqueAddress) ? _singletonPath : oldest.Address + _singletonPath;
            Context.ActorSelection(path).Tell(new Identify(++_asked), Self);
            Timers.StartSingleTimer(Look.Instance, Look.Instance, _nextLook);
            _nextLook = _nextLook * 2 < _settings.SingletonIdentificationInterval ? _nextLook * 2 : _settings.SingletonIdentificationInterval;
        }
    }

    private void Identified(ActorIdentity identity)
    {
        if (identity.Subject is not { } subject || _singleton is not null || !Equals(identity.MessageId, _asked))
        {
            return;
        }

        _singleton = Context.Watch(subject);
        Timers.Cancel(Look.Instance);
        while (_buffer.TryDequeue(out var envelope))
        {
            _singleton.Tell(envelope.Message, envelope.Sender!);
        }
    }

    private void Forward(object message)
    {
        if (_singleton is not null)
        {
            _singleton.Forward(message);
            return;
        }

        if (_settings.BufferSize == 0)
        {
            Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
            return;
        }

        if (_buffer.Count == _settings.BufferSize)
        {
            var dropped = _buffer.Dequeue();
            Context.System.DeadLetters.Tell(new DeadLetter(dropped.Message, dropped.Sender!, Self), dropped.Sender!);
        }

        _buffer.Enqueue(new Envelope(message, Sender));
    }

    private sealed class Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
