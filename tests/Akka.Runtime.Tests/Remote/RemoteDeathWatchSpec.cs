using Akka.Actor;
using Akka.Remote;

namespace Akka.Runtime.Tests.Remote;

public sealed class RemoteDeathWatchSpec : RemoteTestContext
{
    /// <summary>Asks often, and takes no busy machine for a dead one.</summary>
    private const string Detector = """
        akka.remote.watch-failure-detector {
          heartbeat-interval = 50ms, acceptable-heartbeat-pause = 15s, min-std-deviation = 50ms
          unreachable-nodes-reaper-interval = 50ms, expected-response-after = 100ms
        }
        """;

    /// <summary>For who is to notice a silence.</summary>
    private const string FastDetector = Detector + "\nakka.remote.watch-failure-detector.acceptable-heartbeat-pause = 500ms";

    private readonly ActorSystem _here;
    private readonly ActorSystem _there;

    public RemoteDeathWatchSpec()
    {
        _here = NewSystem("here", Detector);
        _there = NewSystem("there", Detector);
    }

    [Fact]
    public async Task Watcher_hears_of_the_end_after_what_the_actor_said_before()
    {
        var me = NewInbox(_here, "me");
        var (actor, remote) = await NewRemote("a");
        me.Watch(remote);
        await Flushed();
        actor.Tell(new Last(me.Ref.Path.ToSerializationFormatWithAddress(AddressOf(_here))));
        Assert.Equal("last words", await me.ExpectAsync<string>());
        var terminated = await me.ExpectAsync<Terminated>();
        Assert.Equal(remote, terminated.ActorRef);
        Assert.True(terminated.ExistenceConfirmed);
        Assert.False(terminated.AddressTerminated);
        Assert.True(me.IsEmpty);
    }

    [Fact]
    public async Task Every_watcher_hears_and_who_unwatched_does_not()
    {
        var (actor, remote) = await NewRemote("a");
        var watchers = Enumerable.Range(0, 5).Select(_ => NewInbox(_here)).ToList();
        watchers.ForEach(watcher => watcher.Watch(remote));
        watchers[0].Unwatch(remote);
        await RemoteWatcherHasHandled();
        _there.Stop(actor);
        foreach (var watcher in watchers.Skip(1))
            Assert.Equal(remote, (await watcher.ExpectAsync<Terminated>()).ActorRef);
        Assert.True(watchers[0].IsEmpty);
    }

    [Fact]
    public async Task Watcher_of_a_dead_actor_and_of_one_that_never_was_hears_at_once()
    {
        var me = NewInbox(_here);
        var (actor, remote) = await NewRemote("a");
        _there.Stop(actor);
        await actor.WatchAsync().WaitAsync(Patience);
        me.Watch(remote);
        Assert.Equal(remote, (await me.ExpectAsync<Terminated>()).ActorRef);
        var never = ((ExtendedActorSystem)_here).Provider.ResolveActorRef(PathOf(_there, "user", "never"));
        me.Watch(never);
        var terminated = await me.ExpectAsync<Terminated>();
        Assert.Equal(never, terminated.ActorRef);
        Assert.False(terminated.ExistenceConfirmed);
    }

    [Fact]
    public async Task An_actor_can_be_watched_by_a_path_without_uid()
    {
        var me = NewInbox(_here);
        var (actor, _) = await NewRemote("a");
        var byPath = ((ExtendedActorSystem)_here).Provider.ResolveActorRef(PathOf(_there, "user", "a"));
        me.Watch(byPath);
        await RemoteWatcherHasHandled();
        await Flushed();
        _there.Stop(actor);
        Assert.Equal(byPath, (await me.ExpectAsync<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task A_system_that_ends_in_order_takes_leave_of_all_watchers()
    {
        var me = NewInbox(_here);
        var (_, remote) = await NewRemote("a");
        me.Watch(remote);
        await Flushed();
        await _there.Terminate().WaitAsync(Patience);
        Assert.Equal(remote, (await me.ExpectAsync<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task A_node_that_falls_silent_is_quarantined_and_its_actors_count_as_dead()
    {
        using var proxy = new TcpProxy();
        var far = NewSystem("far", proxy.Hocon + "\n" + FastDetector);
        proxy.TargetPort = BoundPort(far);
        var here = NewSystem("watching", FastDetector);
        var me = NewInbox(here);
        var quarantined = NewInbox(here);
        quarantined.Subscribe(here, typeof(QuarantinedEvent));
        var rejected = NewInbox(far);
        rejected.Subscribe(far, typeof(ThisActorSystemQuarantinedEvent));
        var local = NewInbox(far, "a").Ref;
        var remote = await here.ActorSelection(PathOf(far, "user", "a")).ResolveOne(Patience);
        me.Watch(remote);
        await Flushed(far, here);
        proxy.Pause();

        var terminated = await me.ExpectAsync<Terminated>();
        Assert.Equal(remote, terminated.ActorRef);
        Assert.True(terminated.AddressTerminated);
        Assert.Equal(AddressOf(far), (await quarantined.ExpectAsync<QuarantinedEvent>()).Address);

        proxy.Resume();
        proxy.CutOnce();
        // The far system tries again and learns that it is not wanted any more.
        var hereSeenFromFar = ((ExtendedActorSystem)far).Provider.ResolveActorRef(PathOf(here, "user", "nobody"));
        for (var i = 0; i < 100 && rejected.IsEmpty; i++)
        {
            hereSeenFromFar.Tell("anyone?", local);
            await Moment();
        }
        Assert.Equal(AddressOf(here), (await rejected.ExpectAsync<ThisActorSystemQuarantinedEvent>()).RemoteAddress);
    }

    [Fact]
    public async Task A_restarted_system_declares_the_actors_of_its_predecessor_dead()
    {
        using var proxy = new TcpProxy();
        var first = NewSystem("far", proxy.Hocon);
        proxy.TargetPort = BoundPort(first);
        NewInbox(first, "a");
        var path = PathOf(first, "user", "a");
        var me = NewInbox(_here);
        var remote = await _here.ActorSelection(path).ResolveOne(Patience);
        me.Watch(remote);
        await Flushed(first);

        proxy.Cut();
        var second = NewSystem("far", proxy.Hocon);
        var successor = NewInbox(second, "a");
        proxy.TargetPort = BoundPort(second);
        proxy.Heal();
        var terminated = await me.ExpectAsync<Terminated>();
        Assert.Equal(remote, terminated.ActorRef);
        var again = await ResolveWhenUngated(path);
        Assert.Equal(successor.Ref.Path.Uid, again.Path.Uid);
        again.Tell("hello", ActorRefs.NoSender);
        Assert.Equal("hello", await successor.ExpectAsync<string>());
    }

    [Fact]
    public async Task Watches_of_a_node_that_is_gone_are_forgotten()
    {
        var me = NewInbox(_here, "me");
        var watchers = NewInbox(_there, "watcher");
        var seenFromThere = await _there.ActorSelection(PathOf(_here, "user", "me")).ResolveOne(Patience);
        watchers.Watch(seenFromThere);
        var cell = ((LocalActorRef)me.Ref).Cell;
        await Until(() => ((ActorSystemImpl)_here).RemotelyWatched.Contains(cell));
        ((ActorSystemImpl)_here).Remote!.Quarantine(AddressOf(_there), ((ActorSystemImpl)_there).Remote!.Remoting.LocalUid, "for the test");
        await Until(() => !((ActorSystemImpl)_here).RemotelyWatched.Contains(cell));
    }

    private async Task<(IActorRef Local, IActorRef Remote)> NewRemote(string name)
    {
        var local = _there.ActorOf(Props.Create(() => new Mortal()), name);
        return (local, await _here.ActorSelection(PathOf(_there, "user", name)).ResolveOne(Patience));
    }

    /// <summary>What was sent to the other system before this has arrived there, system messages too.</summary>
    private async Task Flushed(ActorSystem? there = null, ActorSystem? here = null)
    {
        await RemoteWatcherHasHandled(here);
        await (here ?? _here).ActorSelection(PathOf(there ?? _there, "user")).Ask<ActorIdentity>(new Identify(1), Patience);
    }

    /// <summary>The watches that the inboxes were told to make have reached the remote watcher.</summary>
    private async Task RemoteWatcherHasHandled(ActorSystem? here = null)
    {
        for (var i = 0; i < 3; i++)
        {
            await (here ?? _here).ActorSelection("/user/*").Ask<ActorIdentity>(new Identify(1), Patience);
            await (here ?? _here).ActorSelection("/system/remote-watcher").Ask<ActorIdentity>(new Identify(1), Patience);
        }
    }

    private async Task<IActorRef> ResolveWhenUngated(ActorPath path)
    {
        while (true)
        {
            try
            {
                return await _here.ActorSelection(path).ResolveOne(TimeSpan.FromMilliseconds(500));
            }
            catch (ActorNotFoundException)
            {
                await Moment();
            }
        }
    }

    private sealed record Last(string To);

    private sealed class Mortal : ReceiveActor
    {
        public Mortal() => Receive<Last>(last =>
        {
            Context.ActorSelection(ActorPath.Parse(last.To)).Tell("last words");
            Context.Stop(Self);
        });
    }
}
