using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Runtime.Tests.Remote;

/// <summary>Connections that are refused, cut, made by both sides at once, or spoken to in tongues.</summary>
public sealed class AssociationSpec : RemoteTestContext
{
    private const string Logging = "akka { loglevel = WARNING, loggers = [] }";

    [Fact]
    public async Task Both_sides_may_speak_first_and_every_message_arrives_over_one_connection()
    {
        for (var round = 0; round < 20; round++)
        {
            using var proxyA = new TcpProxy();
            using var proxyB = new TcpProxy();
            var (a, b) = (NewSystem("a", proxyA.Hocon), NewSystem("b", proxyB.Hocon));
            (proxyA.TargetPort, proxyB.TargetPort) = (BoundPort(a), BoundPort(b));
            var (inA, inB) = (NewInbox(a, "in"), NewInbox(b, "in"));
            var ends = NewInbox(a);
            ends.Subscribe(a, typeof(DisassociatedEvent));
            var (toA, toB) = (Resolve(b, PathOf(a, "user", "in")), Resolve(a, PathOf(b, "user", "in")));
            using var start = new Barrier(2);
            await Task.WhenAll(
                Task.Run(() => TellAll(toB, start)),
                Task.Run(() => TellAll(toA, start)));
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(i, await inA.ExpectAsync<int>());
                Assert.Equal(i, await inB.ExpectAsync<int>());
            }
            Assert.True(ends.IsEmpty);
            await Task.WhenAll(a.Terminate(), b.Terminate());
        }

        static void TellAll(IActorRef target, Barrier start)
        {
            start.SignalAndWait();
            for (var i = 0; i < 100; i++)
                target.Tell(i, ActorRefs.NoSender);
        }
    }

    [Fact]
    public async Task After_a_cut_messages_flow_again_and_both_sides_are_told()
    {
        using var proxy = new TcpProxy();
        var (a, b) = (NewSystem("a"), NewSystem("b", proxy.Hocon));
        proxy.TargetPort = BoundPort(b);
        var events = NewInbox(a);
        events.Subscribe(a, typeof(AssociationEvent));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        target.Tell("one", ActorRefs.NoSender);
        await inbox.ExpectAsync<string>();
        Assert.False((await events.ExpectAsync<AssociatedEvent>()).IsInbound);

        proxy.CutOnce();
        Assert.Equal(AddressOf(b), (await events.FishAsync<DisassociatedEvent>()).RemoteAddress);
        await TellUntilAnswered(target, inbox, "two");
        Assert.Equal(AddressOf(b), (await events.FishAsync<AssociatedEvent>()).RemoteAddress);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Cuts_at_any_moment_lose_messages_but_never_their_order_nor_the_way(int seed)
    {
        using var proxyA = new TcpProxy();
        using var proxyB = new TcpProxy();
        var (a, b) = (NewSystem("a", proxyA.Hocon + "\nakka.remote.retry-gate-closed-for = 20ms"), NewSystem("b", proxyB.Hocon + "\nakka.remote.retry-gate-closed-for = 20ms"));
        (proxyA.TargetPort, proxyB.TargetPort) = (BoundPort(a), BoundPort(b));
        var (inA, inB) = (NewInbox(a, "in"), NewInbox(b, "in"));
        var (toA, toB) = (Resolve(b, PathOf(a, "user", "in")), Resolve(a, PathOf(b, "user", "in")));
        var random = new Random(seed);
        var next = 0;
        for (var round = 0; round < 60; round++)
        {
            for (var burst = random.Next(200); burst > 0; burst--)
            {
                toA.Tell(next, ActorRefs.NoSender);
                toB.Tell(next++, ActorRefs.NoSender);
            }
            switch (random.Next(6))
            {
                case 0:
                    proxyA.CutOnce();
                    break;
                case 1:
                    proxyB.CutOnce();
                    break;
                case 2:
                    proxyA.CutOnce();
                    proxyB.CutOnce();
                    break;
            }
            if (random.Next(2) == 0)
                await Moment();
        }
        var (lastA, lastB) = (NewInbox(a, "last"), NewInbox(b, "last"));
        await TellUntilAnswered(Resolve(b, PathOf(a, "user", "last")), lastA, "still there");
        await TellUntilAnswered(Resolve(a, PathOf(b, "user", "last")), lastB, "still there");
        foreach (var inbox in new[] { inA, inB })
        {
            for (var last = -1; !inbox.IsEmpty;)
            {
                var number = await inbox.ExpectAsync<int>();
                Assert.True(number > last, $"{number} came after {last}");
                last = number;
            }
        }
    }

    [Fact]
    public async Task A_connection_on_which_nothing_comes_is_given_up()
    {
        const string Impatient = """
            akka.remote { handshake-timeout = 500ms, transport-failure-detector { heartbeat-interval = 50ms, acceptable-heartbeat-pause = 500ms } }
            """;
        using var proxy = new TcpProxy();
        var (a, b) = (NewSystem("a", Impatient), NewSystem("b", proxy.Hocon + "\n" + Impatient));
        proxy.TargetPort = BoundPort(b);
        var ends = NewInbox(a);
        ends.Subscribe(a, typeof(DisassociatedEvent));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        await TellUntilAnswered(target, inbox, "hello");
        proxy.Pause();
        await ends.ExpectAsync<DisassociatedEvent>();
        proxy.Resume();
        await TellUntilAnswered(target, inbox, "again");
    }

    [Fact]
    public async Task While_nobody_listens_messages_become_dead_letters_until_somebody_does()
    {
        using var proxy = new TcpProxy();
        proxy.Cut();
        var (a, b) = (NewSystem("a"), NewSystem("b", proxy.Hocon));
        proxy.TargetPort = BoundPort(b);
        var letters = NewInbox(a);
        letters.Subscribe(a, typeof(DeadLetter));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        for (var i = 0; i < 10; i++)
            target.Tell(i, ActorRefs.NoSender);
        for (var i = 0; i < 10; i++)
            Assert.Equal(i, (await letters.ExpectAsync<DeadLetter>()).Message);
        proxy.Heal();
        await TellUntilAnswered(target, inbox, "there");
    }

    [Fact]
    public async Task A_connection_from_the_other_side_opens_the_gate()
    {
        using var proxy = new TcpProxy();
        proxy.Cut();
        var a = NewSystem("a", "akka.remote.retry-gate-closed-for = 1h");
        var b = NewSystem("b", proxy.Hocon);
        proxy.TargetPort = BoundPort(b);
        var letters = NewInbox(a);
        letters.Subscribe(a, typeof(DeadLetter));
        var (inA, inB) = (NewInbox(a, "in"), NewInbox(b, "in"));
        var toB = Resolve(a, PathOf(b, "user", "in"));
        toB.Tell("lost", ActorRefs.NoSender);
        await letters.ExpectAsync<DeadLetter>();
        Resolve(b, PathOf(a, "user", "in")).Tell("hello", inB.Ref);
        await inA.ExpectAsync<string>();
        toB.Tell("arrives", ActorRefs.NoSender);
        Assert.Equal("arrives", await inB.ExpectAsync<string>());
    }

    [Fact]
    public async Task A_system_that_is_not_the_one_that_was_meant_refuses_and_says_so()
    {
        var (a, b) = (NewSystem("a"), NewSystem("b"));
        var errors = NewInbox(a);
        errors.Subscribe(a, typeof(AssociationErrorEvent));
        Resolve(a, ActorPath.Parse($"akka.tcp://other@127.0.0.1:{AddressOf(b).Port}/user/in")).Tell("hello", ActorRefs.NoSender);
        var error = await errors.ExpectAsync<AssociationErrorEvent>();
        Assert.Contains($"this system is [{AddressOf(b)}]", error.Cause.Message);
    }

    [Fact]
    public async Task Strangers_at_the_port_do_no_harm()
    {
        var (a, b) = (NewSystem("a"), NewSystem("b"));
        var random = new Random(5);
        for (var i = 0; i < 50; i++)
        {
            using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await stranger.ConnectAsync(IPAddress.Loopback, BoundPort(b));
            var bytes = new byte[random.Next(1, 5000)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
                new byte[] { (byte)(bytes.Length % 250), 0, 0, 0, (byte)(i % 10) }.CopyTo(bytes.AsSpan(0, Math.Min(5, bytes.Length)));
            try
            {
                await stranger.SendAsync(bytes);
            }
            catch (SocketException)
            {
                // It was shown the door already.
            }
        }
        var inbox = NewInbox(b, "in");
        Resolve(a, PathOf(b, "user", "in")).Tell("hello", ActorRefs.NoSender);
        await inbox.ExpectAsync<string>();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var a = NewSystem("a");
        var error = Assert.Throws<RemoteTransportException>(() => NewSystem("b", $"akka.remote.dot-netty.tcp.port = {BoundPort(a)}"));
        Assert.Contains(BoundPort(a).ToString(), error.Message);
        Assert.Contains("akka.remote.dot-netty.tcp", error.Message);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_system_takes_its_port_again_at_once_and_is_reached_there()
    {
        var (a, first) = (NewSystem("a"), NewSystem("b"));
        var inbox = NewInbox(first, "in");
        var path = PathOf(first, "user", "in");
        Resolve(a, path).Tell("hello", ActorRefs.NoSender);
        await inbox.ExpectAsync<string>();
        var port = BoundPort(first);
        await first.Terminate();
        var second = NewSystem("b", $"akka.remote.dot-netty.tcp.port = {port}");
        await TellUntilAnswered(Resolve(a, path), NewInbox(second, "in"), "again");
    }

    [Fact]
    public async Task What_was_told_before_the_end_of_the_system_arrives()
    {
        var (a, b) = (NewSystem("a"), NewSystem("b"));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        target.Tell(-1, ActorRefs.NoSender);
        await inbox.ExpectAsync<int>();
        for (var i = 0; i < 20_000; i++)
            target.Tell(i, ActorRefs.NoSender);
        await a.Terminate();
        for (var i = 0; i < 20_000; i++)
            Assert.Equal(i, await inbox.ExpectAsync<int>());
    }

    [Fact]
    public async Task A_message_that_is_too_large_or_has_no_serializer_is_logged_and_the_next_one_arrives()
    {
        var (a, b) = (NewSystem("a", Logging), NewSystem("b"));
        var log = NewInbox(a);
        log.Subscribe(a, typeof(Error));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        target.Tell(new byte[127_000], ActorRefs.NoSender);
        Assert.Equal(127_000, (await inbox.ExpectAsync<byte[]>()).Length);

        target.Tell(new byte[128_001], ActorRefs.NoSender);
        target.Tell(new Version(1, 0), ActorRefs.NoSender);
        target.Tell("next", ActorRefs.NoSender);
        Assert.Equal("next", await inbox.ExpectAsync<string>());
        Assert.Contains("maximum-frame-size", (await log.ExpectAsync<Error>()).Message.ToString());
        Assert.Contains("akka.actor.serialization-bindings", (await log.ExpectAsync<Error>()).Message.ToString());
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_logged_there_and_the_next_one_arrives()
    {
        const string Binding = """
            akka.actor {
              serializers.animals = "Akka.Runtime.Tests.Serialization.SerializationSpec+AnimalSerializer, Akka.Runtime.Tests"
              serialization-bindings { "Akka.Runtime.Tests.Serialization.SerializationSpec+IAnimal, Akka.Runtime.Tests" = animals }
            }
            """;
        var (a, b) = (NewSystem("a", Binding), NewSystem("b", Logging));
        var log = NewInbox(b);
        log.Subscribe(b, typeof(Error));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        target.Tell(new Serialization.SerializationSpec.Cat("Tom"), ActorRefs.NoSender);
        target.Tell("next", ActorRefs.NoSender);
        Assert.Equal("next", await inbox.ExpectAsync<string>());
        Assert.Contains("no serializer has the identifier 100", (await log.ExpectAsync<Error>()).Message.ToString());
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_fills_a_bounded_queue_and_gets_the_rest_in_order_later()
    {
        using var proxy = new TcpProxy();
        var a = NewSystem("a", "akka.remote.log-buffer-size-exceeding = 250\n" + Logging);
        var b = NewSystem("b", proxy.Hocon);
        proxy.TargetPort = BoundPort(b);
        var letters = NewInbox(a);
        letters.Subscribe(a, typeof(DeadLetter));
        var log = NewInbox(a);
        log.Subscribe(a, typeof(Error));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        target.Tell(new byte[1], ActorRefs.NoSender);
        await inbox.ExpectAsync<byte[]>();

        proxy.Pause();
        var association = ((RemoteActorRef)target).Association;
        var sent = 0;
        while (letters.IsEmpty)
        {
            target.Tell(BitConverter.GetBytes(sent++).Concat(new byte[10_000]).ToArray(), ActorRefs.NoSender);
            Assert.True(sent < 100_000, $"nothing was dropped: {association}");
        }
        Assert.Contains("further ones are dropped", (await log.ExpectAsync<Error>()).Message.ToString());
        proxy.Resume();
        var first = BitConverter.ToInt32((byte[])(await letters.ExpectAsync<DeadLetter>()).Message);
        for (var i = 0; i < first; i++)
            Assert.Equal(i, BitConverter.ToInt32(await inbox.ExpectAsync<byte[]>()));
    }

    [Fact]
    public async Task More_actors_than_a_connection_remembers_are_reached()
    {
        var (a, b) = (NewSystem("a"), NewSystem("b"));
        var inbox = NewInbox(b, "in");
        var target = Resolve(a, PathOf(b, "user", "in"));
        var senders = Enumerable.Range(0, 9_000).Select(i => new SenderRef(a, i)).ToList();
        for (var round = 0; round < 2; round++)
        {
            foreach (var sender in senders)
                target.Tell("hello", sender);
            foreach (var sender in senders)
            {
                await inbox.ExpectAsync<string>();
                Assert.Equal(sender.Path.Name, inbox.LastSender.Path.Name);
            }
        }
    }

    [Fact]
    public async Task Quarantine_ends_the_relation_with_one_incarnation_only()
    {
        using var proxy = new TcpProxy();
        var (a, first) = (NewSystem("a"), NewSystem("b", proxy.Hocon));
        proxy.TargetPort = BoundPort(first);
        var inbox = NewInbox(first, "in");
        var rejected = NewInbox(first);
        rejected.Subscribe(first, typeof(ThisActorSystemQuarantinedEvent));
        var events = NewInbox(a);
        events.Subscribe(a, typeof(QuarantinedEvent));
        var path = PathOf(first, "user", "in");
        var target = Resolve(a, path);
        target.Tell("hello", ActorRefs.NoSender);
        await inbox.ExpectAsync<string>();

        var uid = ((ActorSystemImpl)first).Remote!.Remoting.LocalUid;
        ((ActorSystemImpl)a).Remote!.Quarantine(AddressOf(first), uid, "for the test");
        Assert.Equal(uid, (await events.ExpectAsync<QuarantinedEvent>()).Uid);
        await rejected.ExpectAsync<ThisActorSystemQuarantinedEvent>();
        // It tries again by itself, and is refused by name.
        for (var i = 0; i < 100 && rejected.IsEmpty; i++)
        {
            Resolve(first, PathOf(a, "user", "x")).Tell("let me in", ActorRefs.NoSender);
            target.Tell("not delivered", ActorRefs.NoSender);
            await Moment();
        }
        await rejected.ExpectAsync<ThisActorSystemQuarantinedEvent>();
        Assert.True(inbox.IsEmpty);

        var second = NewSystem("b", proxy.Hocon);
        proxy.TargetPort = BoundPort(second);
        proxy.CutOnce();
        await TellUntilAnswered(target, NewInbox(second, "in"), "a new one");
    }

    [Fact]
    public async Task Events_name_the_addresses()
    {
        var a = NewSystem("a");
        var text = new RemotingListenEvent([AddressOf(a)]).ToString();
        Assert.Contains(AddressOf(a).ToString(), text);
        var ended = new DisassociatedEvent(AddressOf(a), new Address("akka.tcp", "b", "h", 1), inbound: true);
        Assert.Equal($"Disassociated [{AddressOf(a)}] <- [akka.tcp://b@h:1]", ended.ToString());
        await Task.CompletedTask;
    }

    private static IActorRef Resolve(ActorSystem system, ActorPath path) => ((ExtendedActorSystem)system).Provider.ResolveActorRef(path);

    private static async Task TellUntilAnswered(IActorRef target, Inbox inbox, string message)
    {
        for (var i = 0; i < 500; i++)
        {
            target.Tell(message, ActorRefs.NoSender);
            await Moment();
            // What was told before may have come more than once, and late.
            while (!inbox.IsEmpty)
            {
                if (await inbox.ExpectAsync<string>() == message)
                    return;
            }
        }
        Assert.Fail($"{target} was told \"{message}\" again and again, and nothing came.");
    }

    private sealed class SenderRef(ActorSystem system, int number) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(new Address("akka", system.Name)) / "user" / $"sender-{number}";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;
    }
}
