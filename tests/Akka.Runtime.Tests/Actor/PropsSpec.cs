using Akka.Actor;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class PropsSpec : PatientTestKit
{
    private readonly string _field = "field";

    [Fact]
    public void Arguments_are_evaluated_once_and_when_the_props_are_made()
    {
        var calls = 0;
        Func<int> next = () => ++calls;
        var number = 10;
        var props = Props.Create(() => new Keeps(_field, number + next(), "literal"));
        number = 20;
        Assert.Equal(1, calls);
        Assert.Equal(["field", 11, "literal"], props.Arguments);
        ActorOf(props).Tell("?");
        ExpectMsg("field 11 literal");
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Arguments_choose_the_constructor()
    {
        ActorOf(Props.Create<Keeps>("a", 1, "b")).Tell("?");
        ExpectMsg("a 1 b");
        ActorOf(Props.Create(typeof(Keeps), "only")).Tell("?");
        ExpectMsg("only 0 ");
    }

    [Fact]
    public void Arguments_that_fit_no_constructor_stop_the_actor()
    {
        EventFilter.Exception<ActorInitializationException>().ExpectOne(() =>
        {
            var actor = ActorOf(Props.Create<Keeps>(1, 2, 3, 4));
            Watch(actor);
            ExpectTerminated(actor);
        });
    }

    [Fact]
    public void Constructor_that_is_not_public_stops_the_actor_although_the_expression_can_call_it()
    {
        EventFilter.Exception<ActorInitializationException>().ExpectOne(() =>
        {
            var actor = ActorOf(Props.Create(() => new Hidden("x")));
            Watch(actor);
            ExpectTerminated(actor);
        });
    }

    [Fact]
    public void What_is_not_a_new_expression_is_refused() => Assert.Throws<ArgumentException>(() => Props.Create(() => Make()));

    [Fact]
    public void Props_know_their_dispatcher()
    {
        Assert.Equal("somewhere", Props.Create(() => new Keeps("x")).WithDispatcher("somewhere").Dispatcher);
        Assert.Equal(typeof(Keeps), Props.Create(() => new Keeps("x")).Type);
    }

    private static Keeps Make() => throw new InvalidOperationException("never called");

    public sealed class Hidden : ReceiveActor
    {
        internal Hidden(string only) => ReceiveAny(_ => Sender.Tell(only));
    }

    public sealed class Keeps : ReceiveActor
    {
        public Keeps(string first, int number, string last) => ReceiveAny(_ => Sender.Tell($"{first} {number} {last}"));

        public Keeps(string only)
            : this(only, 0, "")
        {
        }
    }
}
