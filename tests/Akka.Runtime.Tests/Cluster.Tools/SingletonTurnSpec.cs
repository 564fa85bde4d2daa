using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;

namespace Akka.Runtime.Tests.Cluster.Tools;

/// <summary>
/// When a node may run a singleton, by table. Nodes are a, b, c in the order in which they came up; the one under test is b. Members are
/// written as node and status: "a:Up b:Up".
/// </summary>
public sealed class SingletonTurnSpec
{
    [Fact]
    public void Oldest_starts_it() => new Script().Members("b:Up c:Up", "Start");

    [Fact]
    public void Leaving_oldest_keeps_it() => new Script().Members("b:Up c:Up", "Start").Members("b:Leaving c:Up").Members("b:Exiting c:Up");

    [Theory]
    [InlineData("a:Up b:Up")]
    [InlineData("a:Leaving b:Up")]
    [InlineData("b:Joining")]
    [InlineData("b:WeaklyUp c:Joining")]
    [InlineData("b:Exiting")]
    [InlineData("c:Up")]
    public void Another_does_not(string members) => new Script().Members(members);

    [Fact]
    public void Younger_takes_over_when_the_exiting_one_has_let_go() => new Script().Members("a:Up b:Up").Members("a:Leaving b:Up")
        .Members("a:Exiting b:Up", "Ask(a)")
        .Members("a:Exiting b:Up")
        .Retry("Ask(a)")
        .HandedOver("a", "Start")
        .Members("b:Up");

    [Fact]
    public void Younger_takes_over_when_the_exiting_one_is_removed_without_an_answer() => new Script(hasMargin: true).Members("a:Up b:Up")
        .Members("a:Exiting b:Up", "Ask(a)")
        .Members("b:Up", "Start");

    [Fact]
    public void Answer_may_come_before_it_is_known_that_the_other_exits() => new Script().Members("a:Up b:Up")
        .HandedOver("a")
        .Members("a:Exiting b:Up", "Start");

    [Fact]
    public void Downed_one_is_asked_and_its_removal_answers_for_it() => new Script().Members("a:Up b:Up")
        .Members("a:Down b:Up", "Ask(a)")
        .Members("b:Up", "Start");

    [Fact]
    public void Downed_one_has_the_margin_to_stop_it() => new Script(hasMargin: true).Members("a:Up b:Up")
        .Members("a:Down b:Up", "Ask(a)")
        .Members("b:Up", "AwaitMargin(a)")
        .Members("b:Up c:Up")
        .MarginPassed("a", "Start");

    [Fact]
    public void Downed_one_that_let_go_needs_no_margin() => new Script(hasMargin: true).Members("a:Up b:Up")
        .Members("a:Down b:Up", "Ask(a)")
        .HandedOver("a", "Start")
        .Members("b:Up");

    [Fact]
    public void Removal_in_one_step_with_the_margin_waits_too() => new Script(hasMargin: true).Members("a:Up b:Up")
        .Members("b:Up", "AwaitMargin(a)")
        .MarginPassed("a", "Start");

    [Fact]
    public void All_that_may_have_it_must_let_go() => new Script(self: "c").Members("a:Up b:Up c:Up")
        .Members("a:Exiting b:Exiting c:Up", "Ask(a)", "Ask(b)")
        .HandedOver("b")
        .HandedOver("a", "Start");

    [Fact]
    public void Shutdown_stops_it_and_tells_the_next() => new Script().Members("b:Up c:Up", "Start").Members("b:Exiting c:Up")
        .Exit("Stop")
        .Exit()
        .Stopped("End", "Answer(c of b)")
        .Members("c:Up");

    [Fact]
    public void Shutdown_of_one_that_has_it_not_ends_at_once() => new Script().Members("a:Up b:Up").Members("a:Up b:Exiting")
        .Exit("End");

    [Fact]
    public void Shutdown_of_the_last_tells_nobody() => new Script().Members("b:Up", "Start").Members("b:Exiting").Exit("Stop").Stopped("End");

    [Fact]
    public void Who_asks_early_is_answered_when_it_has_stopped() => new Script().Members("b:Up c:Up", "Start")
        .Asked("c", isDown: false)
        .Members("b:Exiting c:Up")
        .Exit("Stop")
        .Asked("c", isDown: false)
        .Stopped("End", "Answer(c of b)")
        .Asked("c", isDown: false, "Answer(c of b)");

    [Fact]
    public void One_that_has_it_not_answers_at_once_and_never_starts_it() => new Script().Members("a:Up b:Up")
        .Asked("c", isDown: false, "End", "Answer(c of b)")
        .Members("b:Up c:Up");

    [Fact]
    public void One_that_others_have_downed_stops_it_though_it_does_not_know() => new Script().Members("b:Up c:Up", "Start")
        .Asked("c", isDown: true, "Stop")
        .Stopped("End", "Answer(c of b)")
        .Members("b:Up c:Up");

    [Theory]
    [InlineData("b:Down c:Up")]
    [InlineData("c:Up")]
    public void One_that_is_downed_or_removed_stops_it(string members) => new Script().Members("b:Up c:Up", "Start").Members(members, "Stop");

    [Fact]
    public void Question_for_an_earlier_process_at_this_address_is_answered_for_it() => new Script(earlier: 7).Members("a:Up b:Up")
        .Asked("c", isDown: true, "Answer(c of b7)");

    [Fact]
    public void One_that_ended_by_itself_is_not_started_again() => new Script().Members("b:Up c:Up", "Start").Stopped("End")
        .Members("b:Up c:Up")
        .Asked("c", isDown: false, "Answer(c of b)");

    private sealed class Script(string self = "b", bool hasMargin = false, int earlier = 0)
    {
        private readonly SingletonTurn _turn = new(Node(self), null, hasMargin);

        public Script Members(string members, params string[] effects) => Expect(effects, _turn.MembersAre(members.Split(' ').Select(Member)));

        public Script Retry(params string[] effects) => Expect(effects, _turn.Retry());

        public Script HandedOver(string of, params string[] effects) => Expect(effects, _turn.HandedOver(Node(of)));

        public Script MarginPassed(string of, params string[] effects) => Expect(effects, _turn.MarginPassed(Node(of)));

        public Script Exit(params string[] effects) => Expect(effects, _turn.Exit());

        public Script Stopped(params string[] effects) => Expect(effects, _turn.Stopped());

        public Script Asked(string by, bool isDown, params string[] effects) =>
            Expect(effects, _turn.HandOverAsked(new HandOverToMe(Node(by), Node(self, earlier), isDown)));

        private static UniqueAddress Node(string name, int uid = 0) => new(new Address("akka.tcp", "test", name, 1), uid);

        private static Member Member(string text)
        {
            var parts = text.Split(':');
            var status = Enum.Parse<MemberStatus>(parts[1]);
            var number = status is MemberStatus.Joining or MemberStatus.WeaklyUp ? int.MaxValue : parts[0][0] - 'a' + 1;
            return new Member(Node(parts[0]), number, status, ImmutableHashSet<string>.Empty);
        }

        private static string Text(UniqueAddress node) => node.Address.Host + (node.Uid == 0 ? "" : node.Uid);

        private Script Expect(string[] expected, IReadOnlyList<SingletonEffect> effects)
        {
            Assert.Equal(expected, effects.Select(effect => (effect.Member, effect.Of) switch
            {
                (null, _) => $"{effect.Action}",
                (var member, null) => $"{effect.Action}({Text(member)})",
                var (member, of) => $"{effect.Action}({Text(member)} of {Text(of)})",
            }));
            return this;
        }
    }
}
