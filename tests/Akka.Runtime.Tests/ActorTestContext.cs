using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Runtime.Tests;

/// <summary>An actor system for one test, and probes: actors that hand what they receive to the test, in order.</summary>
public class ActorTestContext : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public ActorTestContext(string hocon) =>
        System = ActorSystem.Create("test", ConfigurationFactory.ParseString(hocon)
            .WithFallback("akka { stdout-loglevel = OFF, loglevel = OFF, coordinated-shutdown.run-by-clr-shutdown-hook = off }"));

    public ActorSystem System { get; }

    public Probe NewProbe()
    {
        var received = Channel.CreateUnbounded<(object Message, IActorRef Sender)>();
        return new Probe(System.ActorOf(Props.Create(() => new Collector(received.Writer))), received.Reader);
    }

    public async ValueTask DisposeAsync()
    {
        await System.Terminate().WaitAsync(Patience * 3);
        GC.SuppressFinalize(this);
    }

    public sealed class Probe(IActorRef actor, ChannelReader<(object Message, IActorRef Sender)> received)
    {
        public IActorRef Ref => actor;

        public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

        public async Task<T> ExpectAsync<T>()
        {
            using var limit = new CancellationTokenSource(Patience);
            var (message, sender) = await received.ReadAsync(limit.Token);
            LastSender = sender;
            return Assert.IsAssignableFrom<T>(message);
        }

        public async Task ExpectAsync(params object[] messages)
        {
            foreach (var message in messages)
            {
                Assert.Equal(message, await ExpectAsync<object>());
            }
        }

        /// <summary>Nothing came before this mark, which the test sends last through the same actor.</summary>
        public bool IsEmpty => !received.TryPeek(out _);

        public Probe Watching(ActorSystem system, IActorRef target)
        {
            actor.Tell(new Watch(target), ActorRefs.NoSender);
            _ = system;
            return this;
        }
    }

    private sealed record Watch(IActorRef Target);

    private sealed class Collector : ReceiveActor
    {
        public Collector(ChannelWriter<(object, IActorRef)> received)
        {
            Receive<Watch>(watch => Context.Watch(watch.Target));
            ReceiveAny(message => received.TryWrite((message, Sender)));
        }
    }
}
