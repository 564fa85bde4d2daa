using Akka.Actor;
using Akka.Event;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class SelectionSpec : PatientTestKit
{
    private readonly IActorRef _root;

    public SelectionSpec()
    {
        _root = ActorOf(Props.Create(() => new Branch(TestActor, 2)), "root");
        Assert.Equal(7, ReceiveN(7).Count);
    }

    [Theory]
    [InlineData("/user/root", 1)]
    [InlineData("user/root/a", 1)]
    [InlineData("/user/root/*", 2)]
    [InlineData("/user/root/?", 2)]
    [InlineData("/user/root/*/*", 4)]
    [InlineData("/user/r*t/a/b", 1)]
    [InlineData("/user/root/a/../b", 1)]
    [InlineData("/user/root/**", 6)]
    [InlineData("/user/root/x*", 0)]
    public void A_path_selects_those_who_are_there(string path, int count)
    {
        Sys.ActorSelection(path).Tell("who?", TestActor);
        var got = ReceiveN(count);
        Assert.Equal(count, got.Distinct().Count());
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public async Task ResolveOne_gives_the_reference()
    {
        Assert.Equal(_root, await Sys.ActorSelection("/user/root").ResolveOne(TimeSpan.FromSeconds(30)));
        Assert.Equal(_root, await Sys.ActorSelection(_root.Path).ResolveOne(TimeSpan.FromSeconds(30)));
        Assert.Equal(_root, await Sys.ActorSelection("akka://test/user/root").ResolveOne(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task ResolveOne_of_nobody_is_ActorNotFoundException() =>
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Sys.ActorSelection("/user/nobody").ResolveOne(TimeSpan.FromSeconds(30)));

    [Fact]
    public void Identify_of_nobody_is_answered_without_a_subject()
    {
        Sys.ActorSelection("/user/nobody").Tell(new Identify("id"), TestActor);
        var identity = ExpectMsg<ActorIdentity>();
        Assert.Equal("id", identity.MessageId);
        Assert.Null(identity.Subject);
    }

    [Fact]
    public void A_message_to_nobody_is_a_dead_letter()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.ActorSelection("/user/nobody").Tell("lost", TestActor);
        var letter = ExpectMsg<DeadLetter>();
        Assert.Equal("lost", letter.Message);
        Assert.Equal("akka://test/user/nobody", letter.Recipient.Path.ToString());
    }

    [Fact]
    public void A_tell_without_a_sender_comes_from_the_test_actor()
    {
        Sys.ActorSelection("/user/root/a").Tell("who?");
        ExpectMsg("akka://test/user/root/a");
    }

    [Fact]
    public void Relative_paths_start_at_the_actor()
    {
        _root.Tell("a/b");
        ExpectMsg("akka://test/user/root/a/b");
        _root.Tell("../root/b");
        ExpectMsg("akka://test/user/root/b");
    }

    private sealed class Branch : ReceiveActor
    {
        public Branch(IActorRef report, int depth)
        {
            if (depth > 0)
            {
                Context.ActorOf(Props.Create(() => new Branch(report, depth - 1)), "a");
                Context.ActorOf(Props.Create(() => new Branch(report, depth - 1)), "b");
            }
            Receive<string>(text => text == "who?", _ => Sender.Tell(Self.Path.ToString()));
            Receive<string>(path => Context.ActorSelection(path).Tell("who?", Sender));
            report.Tell(Self);
        }
    }
}
