using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Remote;

namespace Akka.Runtime.Tests.Remote;

/// <summary>System messages arrive once, in order, whatever happens to connections; or the peer is quarantined.</summary>
public sealed class SystemMessageDeliverySpec : RemoteTestContext
{
    [Fact]
    public void Outbox_and_inbox_deliver_each_message_once_and_in_order_over_a_line_that_loses_and_repeats()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var outbox = new SystemMessageOutbox(1000);
            var inbox = new SystemMessageInbox();
            var delivered = new List<SystemMessage>();
            var sent = new List<SystemMessage>();
            for (var step = 0; step < 300; step++)
            {
                if (random.Next(3) == 0)
                {
                    sent.Add(new Terminate());
                    Arrive(outbox.Add(sent[^1], null!));
                }
                if (random.Next(10) == 0)
                {
                    foreach (var outbound in outbox.Pending(outbox.Last, random.Next(1, 20)))
                        Arrive(outbound);
                }
                if (random.Next(2) == 0)
                    outbox.Acknowledge(random.Next(4) == 0 ? (ulong)random.Next(0, (int)inbox.Delivered + 1) : inbox.Delivered);
                Assert.True(outbox.Acknowledged <= inbox.Delivered && inbox.Delivered <= outbox.Last);
            }
            foreach (var outbound in outbox.Pending(outbox.Last, int.MaxValue))
            {
                if (inbox.Accept(outbound.SystemNumber))
                    delivered.Add((SystemMessage)outbound.Message!);
            }
            Assert.Equal(sent, delivered);

            void Arrive(Outbound outbound)
            {
                for (var copies = random.Next(3); copies > 0; copies--)
                {
                    if (inbox.Accept(outbound.SystemNumber))
                        delivered.Add((SystemMessage)outbound.Message!);
                }
            }
        }
    }

    [Fact]
    public void Outbox_refuses_acknowledgements_that_cannot_be_and_forgets_with_the_incarnation()
    {
        var outbox = new SystemMessageOutbox(2);
        outbox.Add(new Terminate(), null!);
        var second = outbox.Add(new Terminate(), null!);
        Assert.True(outbox.IsFull);
        Assert.Equal(2ul, second.SystemNumber);
        Assert.False(outbox.Acknowledge(3));
        Assert.True(outbox.Acknowledge(1));
        Assert.False(outbox.Acknowledge(1));
        Assert.Equal(2ul, Assert.Single(outbox.Pending(ulong.MaxValue, 10)).SystemNumber);
        outbox.Reset();
        Assert.True(outbox.IsEmpty);
        var first = outbox.Add(new Terminate(), null!);
        Assert.Equal(1ul, first.SystemNumber);
        Assert.NotEqual(second.Epoch, first.Epoch);
    }

    [Fact]
    public async Task Every_watch_and_every_death_gets_through_a_line_that_is_cut_all_the_time()
    {
        const int Count = 60;
        using var proxy = new TcpProxy();
        var (here, there) = (NewSystem("here"), NewSystem("there", proxy.Hocon));
        proxy.TargetPort = BoundPort(there);
        var me = NewInbox(here);
        var actors = Enumerable.Range(0, Count).Select(i => NewInbox(there, $"a{i}").Ref).ToList();
        var remote = await Task.WhenAll(actors.Select(actor => here.ActorSelection(PathOf(there, [.. actor.Path.Elements])).ResolveOne(Patience)));

        using var enough = new CancellationTokenSource();
        var cutting = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await Moment();
                proxy.CutOnce();
                await Moment();
                await Moment();
                await Moment();
                await Moment();
            }
        });
        for (var i = 0; i < Count; i++)
        {
            me.Watch(remote[i]);
            if (i % 3 == 0)
                await Moment();
            there.Stop(actors[i]);
        }
        var dead = new HashSet<IActorRef>();
        for (var i = 0; i < Count; i++)
            Assert.True(dead.Add((await me.ExpectAsync<Terminated>()).ActorRef));
        await enough.CancelAsync();
        await cutting;
        Assert.Equal(remote.ToHashSet(), dead);
        Assert.True(me.IsEmpty);
    }

    [Fact]
    public async Task More_system_messages_than_may_wait_quarantine_the_peer()
    {
        using var proxy = new TcpProxy();
        var here = NewSystem("here", "akka.remote.system-message-buffer-size = 50");
        var there = NewSystem("there", proxy.Hocon);
        proxy.TargetPort = BoundPort(there);
        var events = NewInbox(here);
        events.Subscribe(here, typeof(QuarantinedEvent));
        var watchers = NewInbox(here);
        NewInbox(there, "a");
        var remote = await here.ActorSelection(PathOf(there, "user", "a")).ResolveOne(Patience);
        watchers.Watch(remote);
        proxy.Pause();
        for (var i = 0; i < 100; i++)
            watchers.Watch(((ExtendedActorSystem)here).Provider.ResolveActorRef(PathOf(there, "user", $"b{i}")));
        Assert.Equal(AddressOf(there), (await events.ExpectAsync<QuarantinedEvent>()).Address);
        var terminated = await watchers.FishAsync<Terminated>(each => each.ActorRef.Equals(remote));
        Assert.True(terminated.AddressTerminated);
        proxy.Resume();
    }

    [Fact]
    public async Task A_peer_that_was_never_reached_is_given_up_after_a_while()
    {
        using var proxy = new TcpProxy();
        proxy.Cut();
        var here = NewSystem("here", """
            akka.remote.watch-failure-detector {
              heartbeat-interval = 50ms, acceptable-heartbeat-pause = 300ms, min-std-deviation = 50ms
              unreachable-nodes-reaper-interval = 50ms, expected-response-after = 100ms
            }
            """);
        var me = NewInbox(here);
        var nowhere = ((ExtendedActorSystem)here).Provider.ResolveActorRef($"akka.tcp://there@127.0.0.1:{proxy.Port}/user/a");
        me.Watch(nowhere);
        var terminated = await me.ExpectAsync<Terminated>();
        Assert.Equal(nowhere, terminated.ActorRef);
        Assert.True(terminated.AddressTerminated);
    }
}
