using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Runtime.Tests.Remote;

/// <summary>Actor systems of one test that reach each other over loopback, and probes of theirs.</summary>
public class RemoteTestContext : IAsyncDisposable
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Defaults = """
        akka {
          stdout-loglevel = OFF, loglevel = OFF, coordinated-shutdown.run-by-clr-shutdown-hook = off
          actor.provider = remote
          remote {
            dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
            retry-gate-closed-for = 100ms
          }
        }
        """;

    private readonly List<ActorSystem> _systems = [];

    public static ActorPath PathOf(ActorSystem system, params string[] elements) => new RootActorPath(AddressOf(system)) / elements;

    public static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    public static int BoundPort(ActorSystem system) => ((ActorSystemImpl)system).Remote!.Remoting.BoundEndPoint!.Port;

    /// <summary>Some milliseconds, for what only time can bring.</summary>
    protected static async Task Moment()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        await timer.WaitForNextTickAsync();
    }

    protected static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 750 && !holds(); i++)
            await Moment();
        Assert.True(holds());
    }

    public ActorSystem NewSystem(string name = "sys", string hocon = "")
    {
        var system = ActorSystem.Create(name, ConfigurationFactory.ParseString(hocon).WithFallback(Defaults));
        _systems.Add(system);
        return system;
    }

    public static Inbox NewInbox(ActorSystem system, string? name = null) => new(system, name);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(system => system.Terminate())).WaitAsync(Patience * 2);
        GC.SuppressFinalize(this);
    }

    /// <summary>An actor that keeps what it receives for the test, in order.</summary>
    public sealed class Inbox
    {
        private readonly Channel<(object Message, IActorRef Sender)> _received = Channel.CreateUnbounded<(object, IActorRef)>();

        public Inbox(ActorSystem system, string? name = null) => Ref = system.ActorOf(Props.Create(() => new Collector(_received.Writer)), name);

        public IActorRef Ref { get; }

        public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

        public bool IsEmpty => !_received.Reader.TryPeek(out _);

        public async Task<T> ExpectAsync<T>()
        {
            using var limit = new CancellationTokenSource(Patience);
            var (message, sender) = await _received.Reader.ReadAsync(limit.Token);
            LastSender = sender;
            return Assert.IsAssignableFrom<T>(message);
        }

        /// <summary>The next message of a type; others before it are passed over.</summary>
        public async Task<T> FishAsync<T>(Func<T, bool>? isIt = null)
        {
            using var limit = new CancellationTokenSource(Patience);
            while (true)
            {
                var (message, sender) = await _received.Reader.ReadAsync(limit.Token);
                LastSender = sender;
                if (message is T found && (isIt is null || isIt(found)))
                    return found;
            }
        }

        public void Watch(IActorRef target) => Ref.Tell(new Do(context => context.Watch(target)), ActorRefs.NoSender);

        public void Unwatch(IActorRef target) => Ref.Tell(new Do(context => context.Unwatch(target)), ActorRefs.NoSender);

        public void Subscribe(ActorSystem system, Type type) => system.EventStream.Subscribe(Ref, type);
    }

    private sealed record Do(Action<IActorContext> What);

    private sealed class Collector : ReceiveActor
    {
        public Collector(ChannelWriter<(object, IActorRef)> received)
        {
            Receive<Do>(what => what.What(Context));
            ReceiveAny(message => received.TryWrite((message, Sender)));
        }
    }
}
