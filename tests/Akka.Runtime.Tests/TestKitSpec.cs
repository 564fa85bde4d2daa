using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Xunit.Sdk;

namespace Akka.Runtime.Tests;

public sealed class TestKitSpec : TestKit.Xunit2.TestKit
{
    [Fact]
    public async Task Plain_tells_of_a_test_come_from_its_test_actor_also_after_an_await()
    {
        var echo = ActorOf(Props.Create(() => new Echo()));
        echo.Tell(1);
        ExpectMsg(1);
        await Task.Yield();
        echo.Tell(2);
        await ExpectMsgAsync(2);
        await Task.Yield();
        echo.Tell(3);
        Assert.Equal(3, await ExpectMsgAsync<int>());
    }

    [Fact]
    public void A_wrong_or_missing_message_fails_the_test()
    {
        TestActor.Tell("text");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<int>());
        TestActor.Tell(1);
        Assert.ThrowsAny<XunitException>(() => ExpectMsg(2));
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<int>(TimeSpan.FromMilliseconds(20)));
        TestActor.Tell(3);
        Assert.ThrowsAny<XunitException>(() => ExpectNoMsg(TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public void Messages_can_be_fished_for_counted_and_expected_in_any_order()
    {
        for (var i = 0; i < 5; i++)
            TestActor.Tell(i);
        Assert.Equal(3, FishForMessage<int>(number => number == 3));
        ExpectMsg(4);
        TestActor.Tell("a");
        TestActor.Tell("b");
        Assert.Equal(["a", "b"], ReceiveN(2));
        TestActor.Tell("a");
        TestActor.Tell("b");
        ExpectMsgAllOf("b", "a");
        TestActor.Tell("b");
        Assert.Equal("b", ExpectMsgAnyOf(["a", "b"]));
    }

    [Fact]
    public void Within_bounds_what_is_in_it()
    {
        Within(TimeSpan.FromSeconds(5), () =>
        {
            Assert.True(Remaining <= TimeSpan.FromSeconds(5));
            TestActor.Tell("x");
            ExpectMsg("x");
        });
        Assert.ThrowsAny<XunitException>(() => Within(TimeSpan.FromMilliseconds(50), () => ExpectMsg("never")));
    }

    [Fact]
    public void An_auto_pilot_answers_for_a_probe()
    {
        var probe = CreateTestProbe();
        probe.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell($"auto {message}", ActorRefs.NoSender);
            return AutoPilot.KeepRunning;
        }));
        probe.Ref.Tell(1);
        probe.Ref.Tell(2);
        ExpectMsg("auto 1");
        ExpectMsg("auto 2");
        probe.ExpectMsg(1);
    }

    [Fact]
    public void A_probe_can_be_used_as_a_reference()
    {
        var probe = CreateTestProbe();
        var echo = ActorOf(Props.Create(() => new Echo()));
        echo.Tell("hi", probe);
        probe.ExpectMsg("hi");
        probe.Reply("back");
        probe.ExpectMsg("back");
        Assert.True(probe.Ref.Equals(probe));
        Watch(probe);
        Sys.Stop(probe);
        ExpectTerminated(probe);
    }

    [Fact]
    public void Event_filters_count_log_lines()
    {
        EventFilter.Warning("one").ExpectOne(() => Log.Warning("one"));
        EventFilter.Error(contains: "two").Expect(2, () =>
        {
            Log.Error("is two");
            Log.Error("two it is");
        });
        EventFilter.Info(start: "a").And.Info(start: "b").Expect(2, () =>
        {
            Log.Info("a");
            Log.Info("b");
        });
        Assert.ThrowsAny<XunitException>(() =>
            EventFilter.Warning("never").Expect(1, TimeSpan.FromMilliseconds(50), () => { }));
        Assert.ThrowsAny<XunitException>(() =>
            EventFilter.Warning("once too often").Expect(0, TimeSpan.FromSeconds(3), () => Log.Warning("once too often")));
    }

    [Fact]
    public async Task Event_filters_see_dead_letters()
    {
        var actor = ActorOf(Props.Create(() => new Echo()));
        await actor.GracefulStop(TimeSpan.FromSeconds(5));
        await EventFilter.DeadLetter<string>().ExpectOneAsync(() => actor.Tell("lost"));
    }

    [Fact]
    public void A_test_actor_ref_runs_on_the_calling_thread()
    {
        var actor = ActorOfAsTestActorRef<Remembers>("remembers");
        actor.Tell("x");
        Assert.Equal("x", actor.UnderlyingActor.Last);
        Assert.Equal(Environment.CurrentManagedThreadId, actor.UnderlyingActor.Thread);
    }

    [Fact]
    public void AwaitAssert_tries_again()
    {
        var tries = 0;
        AwaitAssert(() => Assert.Equal(3, ++tries), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(1));
        AwaitCondition(() => ++tries == 6, TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void The_test_scheduler_does_what_becomes_due_in_its_order()
    {
        var time = new TestScheduler(Sys.Settings.Config, Log);
        var order = new List<string>();
        time.ScheduleOnce(TimeSpan.FromSeconds(3), () => order.Add("three"));
        time.ScheduleOnce(TimeSpan.FromSeconds(1), () => order.Add("one"));
        time.ScheduleOnce(TimeSpan.FromSeconds(2), () => order.Add("two"));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["one", "two"], order);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["one", "two", "three"], order);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Remembers : ReceiveActor
    {
        public Remembers() => ReceiveAny(message =>
        {
            Last = message;
            Thread = Environment.CurrentManagedThreadId;
        });

        public object? Last { get; private set; }

        public int Thread { get; private set; }
    }
}
