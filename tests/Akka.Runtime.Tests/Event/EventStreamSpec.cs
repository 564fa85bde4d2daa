using Akka.Actor;
using Akka.Event;
using Akka.Tests;

namespace Akka.Runtime.Tests.Event;

public sealed class EventStreamSpec : PatientTestKit
{
    [Fact]
    public void Subscribers_get_what_is_of_their_class_or_interface()
    {
        var (animals, cats, named) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        Sys.EventStream.Subscribe(animals.Ref, typeof(Animal));
        Sys.EventStream.Subscribe<Cat>(cats.Ref);
        Sys.EventStream.Subscribe(named.Ref, typeof(INamed));
        Sys.EventStream.Publish(new Dog());
        Sys.EventStream.Publish(new Cat());
        animals.ExpectMsg<Dog>();
        animals.ExpectMsg<Cat>();
        cats.ExpectMsg<Cat>();
        named.ExpectMsg<Cat>();
        named.ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void A_subscriber_to_a_class_and_its_base_gets_an_event_once()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Animal));
        Sys.EventStream.Subscribe(TestActor, typeof(Cat));
        Assert.False(Sys.EventStream.Subscribe(TestActor, typeof(Cat)));
        Sys.EventStream.Publish(new Cat());
        ExpectMsg<Cat>();
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void Who_unsubscribes_gets_nothing_more()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Cat));
        Sys.EventStream.Subscribe(TestActor, typeof(Dog));
        Assert.True(Sys.EventStream.Unsubscribe(TestActor, typeof(Cat)));
        Sys.EventStream.Publish(new Cat());
        Sys.EventStream.Publish(new Dog());
        ExpectMsg<Dog>();
        Assert.True(Sys.EventStream.Unsubscribe(TestActor));
        Sys.EventStream.Publish(new Dog());
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void A_subscriber_that_stops_is_taken_out()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(Cat));
        Watch(probe.Ref);
        Sys.Stop(probe.Ref);
        ExpectTerminated(probe.Ref);
        AwaitAssert(() => Assert.False(Sys.EventStream.Unsubscribe(probe.Ref, typeof(Cat))));
    }

    [Fact]
    public void Log_lines_below_the_level_are_not_made()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(LogEvent));
        Sys.Log.Debug("quiet {0}", 1);
        Sys.Log.Warning("loud {0} {1}", 1, "two");
        var line = probe.ExpectMsg<Warning>();
        Assert.Equal("loud 1 two", line.Message.ToString());
        Assert.False(Sys.Log.IsDebugEnabled);
    }

    [Fact]
    public void An_actors_logger_says_who_it_is()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(Error));
        var actor = ActorOf(Props.Create(() => new Logs()), "logs");
        EventFilter.Error(start: "it went").ExpectOne(() => actor.Tell("wrong"));
        var line = probe.ExpectMsg<Error>();
        Assert.Equal(typeof(Logs), line.LogClass);
        Assert.Contains("/user/logs", line.LogSource);
        Assert.Equal("cause", line.Cause!.Message);
    }

    private interface INamed;

    private class Animal;

    private sealed class Cat : Animal, INamed;

    private sealed class Dog : Animal;

    private sealed class Logs : ReceiveActor
    {
        private readonly ILoggingAdapter _log = Context.GetLogger();

        public Logs() => Receive<string>(what => _log.Error(new InvalidOperationException("cause"), "it went {0}", what));
    }
}
