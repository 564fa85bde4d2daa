using Akka.Actor;
using Akka.Event;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class AskSpec : PatientTestKit
{
    [Fact]
    public async Task The_answer_completes_the_task()
    {
        Assert.Equal("echo", await Echo().Ask<string>("echo", TimeSpan.FromSeconds(30)));
        Assert.Equal(5, await Echo().Ask(5, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task No_answer_in_time_is_AskTimeoutException() =>
        await Assert.ThrowsAsync<AskTimeoutException>(() =>
            ActorOf(TestKit.TestActors.BlackHoleActor.Props).Ask<string>("?", TimeSpan.FromMilliseconds(50)));

    [Fact]
    public async Task A_time_out_of_zero_is_over_at_once() =>
        await Assert.ThrowsAsync<AskTimeoutException>(() =>
            ActorOf(TestKit.TestActors.BlackHoleActor.Props).Ask<string>("?", TimeSpan.Zero));

    [Fact]
    public async Task A_failure_as_the_answer_fails_the_task()
    {
        var cause = new InvalidOperationException("no");
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Echo().Ask<string>(new Status.Failure(cause), TimeSpan.FromSeconds(30)));
        Assert.Same(cause, thrown);
    }

    [Fact]
    public async Task An_answer_of_another_type_fails_the_task() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Echo().Ask<int>("text", TimeSpan.FromSeconds(30)));

    [Fact]
    public async Task Cancelling_cancels_the_task()
    {
        using var cancel = new CancellationTokenSource();
        var answer = ActorOf(TestKit.TestActors.BlackHoleActor.Props).Ask<string>("?", TimeSpan.FromSeconds(30), cancel.Token);
        Assert.False(answer.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task A_question_may_be_made_from_the_reference_that_takes_the_answer()
    {
        var actor = ActorOf(Props.Create(() => new AnswersTo()));
        Assert.Equal("to you", await actor.Ask<string>(self => new Question(self), TimeSpan.FromSeconds(30), CancellationToken.None));
    }

    [Fact]
    public async Task Selections_can_be_asked()
    {
        var echo = Echo();
        Assert.Equal("hi", await Sys.ActorSelection(echo.Path.ToString()).Ask<string>("hi", TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task The_second_answer_is_a_dead_letter()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        var actor = ActorOf(Props.Create(() => new AnswersTwice()));
        Assert.Equal("one", await actor.Ask<string>("?", TimeSpan.FromSeconds(30)));
        Assert.Equal("two", ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public async Task Who_asks_can_be_found_by_its_path_until_it_has_its_answer()
    {
        var actor = ActorOf(Props.Create(() => new AnswersByPath()));
        Assert.Equal("found", await actor.Ask<string>("?", TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task PipeTo_sends_the_result_or_the_failure()
    {
        await Task.FromResult(42).PipeTo(TestActor);
        ExpectMsg(42);
        await Task.FromException<int>(new InvalidOperationException("no")).PipeTo(TestActor);
        Assert.Equal("no", ExpectMsg<Status.Failure>().Cause.Message);
        await Task.FromResult(1).PipeTo(TestActor, success: number => $"got {number}");
        ExpectMsg("got 1");
        await Task.FromException(new InvalidOperationException("no")).PipeTo(TestActor, failure: e => e.Message);
        ExpectMsg("no");
    }

    private IActorRef Echo() => ActorOf(Props.Create(() => new Echoes()));

    private sealed record Question(IActorRef AnswerTo);

    private sealed class Echoes : ReceiveActor
    {
        public Echoes() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class AnswersTo : ReceiveActor
    {
        public AnswersTo() => Receive<Question>(question => question.AnswerTo.Tell("to you"));
    }

    private sealed class AnswersTwice : ReceiveActor
    {
        public AnswersTwice() => ReceiveAny(_ =>
        {
            Sender.Tell("one");
            Sender.Tell("two");
        });
    }

    private sealed class AnswersByPath : ReceiveActor
    {
        public AnswersByPath() => ReceiveAny(_ => Context.ActorSelection(Sender.Path).Tell("found"));
    }
}
