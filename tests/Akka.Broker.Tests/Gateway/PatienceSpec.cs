using Akka.Broker.Gateway.Fetching;

namespace Akka.Broker.Tests.Gateway;

/// <summary>When a follower's answers wait for more.</summary>
public sealed class PatienceSpec
{
    private const int Much = 100;
    private const int Enough = 400;
    private readonly Patience _patience = new(new PatienceLimits(Much, Enough));

    private bool IsPatient => _patience.EnoughBytes == Enough;

    [Fact]
    public void Begins_when_much_was_there_at_once_several_times()
    {
        Assert.Equal(4, AnswersUntilPatient(() => Answered(Much)));
    }

    [Fact]
    public void Begins_also_where_a_single_batch_often_comes_first()
    {
        var answers = 0;
        var count = AnswersUntilPatient(() => Answered(answers++ % 3 == 1 ? 5 * Much : 1, hasWaited: answers % 3 == 1));
        Assert.InRange(count, 10, 50);
    }

    [Theory]
    [InlineData(Much - 1, false)]
    [InlineData(5 * Much, true)]
    [InlineData(0, false)]
    public void Does_not_begin_with_little_or_with_what_was_waited_for(int bytes, bool hasWaited)
    {
        for (var i = 0; i < 1000; i++)
            Answered(bytes, hasWaited);
        Assert.False(IsPatient);
    }

    [Fact]
    public void Ends_when_it_is_in_vain_and_rests_longer_each_time()
    {
        Begin();
        List<int> rests = [];
        for (var i = 0; i < 5; i++)
        {
            Answered(Enough - 1, hasWaited: true);
            Assert.False(IsPatient);
            rests.Add(AnswersUntilPatient(() => Answered(Much)));
        }
        Assert.Equal([12, 20, 36, 68, 132], rests);
    }

    [Fact]
    public void What_was_worth_it_for_long_may_fail_now_and_then_but_not_again_and_again()
    {
        Begin();
        for (var i = 0; i < 100; i++)
            Answered(i % 10 == 9 ? 1 : Enough, hasWaited: true);
        Assert.True(IsPatient);

        for (var i = 0; i < 3; i++)
            Answered(1, hasWaited: true);
        Assert.False(IsPatient);
    }

    private void Begin() => AnswersUntilPatient(() => Answered(Much));

    private void Answered(int bytes, bool hasWaited = false) => _patience.OnAnswered(bytes, hasWaited);

    private int AnswersUntilPatient(Action answer)
    {
        var count = 0;
        for (; !IsPatient && count < 1000; count++)
            answer();
        Assert.True(IsPatient);
        return count;
    }
}
