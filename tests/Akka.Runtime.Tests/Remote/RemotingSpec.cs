using Akka.Actor;

namespace Akka.Runtime.Tests.Remote;

/// <summary>Two systems of one process that reach each other over TCP.</summary>
public sealed class RemotingSpec : RemoteTestContext
{
    private readonly ActorSystem _here;
    private readonly ActorSystem _there;

    public RemotingSpec()
    {
        _here = NewSystem("here");
        _there = NewSystem("there");
    }

    [Fact]
    public void Address_has_the_port_that_was_bound()
    {
        var address = AddressOf(_here);
        Assert.Equal("akka.tcp", address.Protocol);
        Assert.Equal("here", address.System);
        Assert.Equal("127.0.0.1", address.Host);
        Assert.NotEqual(0, address.Port);
        Assert.NotEqual(address.Port, AddressOf(_there).Port);
    }

    [Fact]
    public void A_local_actors_path_has_no_host_and_its_serialized_path_has_one()
    {
        var actor = NewInbox(_here, "a").Ref;
        Assert.Equal("akka://here/user/a", actor.Path.ToString());
        Assert.Equal($"{AddressOf(_here)}/user/a#{actor.Path.Uid}", Akka.Serialization.Serialization.SerializedActorPath(actor));
    }

    [Fact]
    public async Task A_selection_reaches_an_actor_of_the_other_system()
    {
        var inbox = NewInbox(_there, "in");
        var me = NewInbox(_here, "me");
        _here.ActorSelection($"{AddressOf(_there)}/user/in").Tell("hello", me.Ref);
        Assert.Equal("hello", await inbox.ExpectAsync<string>());
        Assert.Equal(PathOf(_here, "user", "me"), inbox.LastSender.Path);
        inbox.LastSender.Tell("and back", inbox.Ref);
        Assert.Equal("and back", await me.ExpectAsync<string>());
        Assert.Equal(PathOf(_there, "user", "in"), me.LastSender.Path);
    }

    [Fact]
    public async Task A_reference_is_resolved_and_told()
    {
        var inbox = NewInbox(_there, "in");
        var resolved = await _here.ActorSelection(PathOf(_there, "user", "in")).ResolveOne(Patience);
        Assert.Equal(inbox.Ref.Path.Uid, resolved.Path.Uid);
        resolved.Tell(7, ActorRefs.NoSender);
        Assert.Equal(7, await inbox.ExpectAsync<int>());
        var byPath = ((ExtendedActorSystem)_here).Provider.ResolveActorRef(resolved.Path.ToSerializationFormat());
        Assert.Equal(resolved, byPath);
        byPath.Tell(new byte[] { 1, 2, 3 }, ActorRefs.NoSender);
        Assert.Equal([1, 2, 3], await inbox.ExpectAsync<byte[]>());
    }

    [Fact]
    public async Task Ask_is_answered_from_the_other_system()
    {
        _there.ActorOf(Props.Create(() => new Echo()), "echo");
        var echo = await _here.ActorSelection(PathOf(_there, "user", "echo")).ResolveOne(Patience);
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => echo.Ask<string>($"question {i}", Patience)));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"question {i}"), answers);
        Assert.Equal("by selection", await _here.ActorSelection(PathOf(_there, "user", "echo")).Ask<string>("by selection", Patience));
    }

    [Fact]
    public async Task An_ask_that_fails_there_fails_here_with_its_cause()
    {
        _there.ActorOf(Props.Create(() => new Failing()), "failing");
        var failing = await _here.ActorSelection(PathOf(_there, "user", "failing")).ResolveOne(Patience);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => failing.Ask<string>("known", Patience));
        Assert.Equal("not now", error.Message);
        Assert.IsType<TimeoutException>(error.InnerException);
        var unknown = await Assert.ThrowsAnyAsync<AkkaException>(() => failing.Ask<string>("unknown", Patience));
        Assert.Contains("Odd: 3", unknown.Message);
    }

    [Fact]
    public async Task Messages_of_one_sender_keep_their_order_and_none_is_lost()
    {
        const int Count = 50_000;
        var inbox = NewInbox(_there, "in");
        var target = await _here.ActorSelection(PathOf(_there, "user", "in")).ResolveOne(Patience);
        for (var i = 0; i < Count; i++)
            target.Tell(i, ActorRefs.NoSender);
        for (var i = 0; i < Count; i++)
            Assert.Equal(i, await inbox.ExpectAsync<int>());
    }

    [Fact]
    public async Task References_in_messages_and_forwarded_senders_mean_the_same_actor_everywhere()
    {
        var third = NewSystem("third");
        var origin = NewInbox(_here, "origin");
        var end = NewInbox(third, "end");
        var endSeenHere = await _here.ActorSelection(PathOf(third, "user", "end")).ResolveOne(Patience);
        _there.ActorOf(Props.Create(() => new Forwarder()), "forwarder");
        var forwarder = _here.ActorSelection(PathOf(_there, "user", "forwarder"));
        forwarder.Tell(endSeenHere, origin.Ref);
        forwarder.Tell("forwarded", origin.Ref);
        Assert.Equal("forwarded", await end.ExpectAsync<string>());
        Assert.Equal(PathOf(_here, "user", "origin"), end.LastSender.Path);
        end.LastSender.Tell(end.LastSender, end.Ref);
        Assert.Same(origin.Ref, await origin.ExpectAsync<IActorRef>());
    }

    [Fact]
    public async Task A_message_to_nobody_becomes_a_dead_letter_there()
    {
        var letters = NewInbox(_there);
        letters.Subscribe(_there, typeof(Akka.Event.DeadLetter));
        var resolved = ((ExtendedActorSystem)_here).Provider.ResolveActorRef($"{AddressOf(_there)}/user/nobody");
        resolved.Tell("lost", ActorRefs.NoSender);
        Assert.Equal("lost", (await letters.ExpectAsync<Akka.Event.DeadLetter>()).Message);
        await Assert.ThrowsAsync<ActorNotFoundException>(() => _here.ActorSelection(resolved.Path).ResolveOne(Patience));
    }

    [Fact]
    public async Task Wildcards_and_steps_up_work_across_systems()
    {
        var (one, two) = (NewInbox(_there, "item-1"), NewInbox(_there, "item-2"));
        _here.ActorSelection($"{AddressOf(_there)}/user/item-*").Tell("all", ActorRefs.NoSender);
        await one.ExpectAsync<string>();
        await two.ExpectAsync<string>();
        _here.ActorSelection($"{AddressOf(_there)}/user/item-1/../item-2").Tell("two", ActorRefs.NoSender);
        Assert.Equal("two", await two.ExpectAsync<string>());
    }

    [Fact]
    public async Task PoisonPill_stops_a_remote_actor()
    {
        var actor = NewInbox(_there, "in").Ref;
        var end = actor.WatchAsync();
        _here.ActorSelection(PathOf(_there, "user", "in")).Tell(PoisonPill.Instance);
        Assert.True(await end.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_piped_result_reaches_a_remote_actor()
    {
        var inbox = NewInbox(_there, "in");
        var target = await _here.ActorSelection(PathOf(_there, "user", "in")).ResolveOne(Patience);
        await Task.FromResult("result").PipeTo(target);
        Assert.Equal("result", await inbox.ExpectAsync<string>());
        await Task.FromException<string>(new TimeoutException("too late")).PipeTo(target);
        var failure = await inbox.ExpectAsync<Status.Failure>();
        Assert.Equal("too late", Assert.IsType<TimeoutException>(failure.Cause).Message);
    }

    [Fact]
    public async Task An_address_of_ones_own_is_local()
    {
        var inbox = NewInbox(_here, "in");
        Assert.Same(inbox.Ref, ((ExtendedActorSystem)_here).Provider.ResolveActorRef(PathOf(_here, "user", "in")));
        _here.ActorSelection(PathOf(_here, "user", "in")).Tell("hello");
        await inbox.ExpectAsync<string>();
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder()
        {
            IActorRef to = ActorRefs.Nobody;
            Receive<IActorRef>(target => to = target);
            ReceiveAny(message => to.Forward(message));
        }
    }

    private sealed class Failing : ReceiveActor
    {
        public Failing()
        {
            Receive<string>(message => message == "known", _ =>
                Sender.Tell(new Status.Failure(new InvalidOperationException("not now", new TimeoutException("slow")))));
            ReceiveAny(_ => Sender.Tell(new Status.Failure(new OddException(3))));
        }
    }

    private sealed class OddException(int number) : Exception($"Odd: {number}");
}
