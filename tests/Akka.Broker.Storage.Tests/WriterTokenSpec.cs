namespace Akka.Broker.Storage.Tests;

public sealed class WriterTokenSpec
{
    [Fact]
    public void A_queued_append_under_an_older_token_never_reaches_the_file()
    {
        using var context = new LogTestContext(drive: LogWriterDrive.Manual);
        var log = context.Log;
        var old = log.TakeOver();
        var first = log.AppendAsync(old, Batches.Of(0));
        context.Manager.Drain();
        var late = log.AppendAsync(old, Batches.Of(1));
        var next = log.TakeOver();
        var state = log.CaptureAsync(next);
        var fresh = log.AppendAsync(next, Batches.Of(1, epoch: 1));
        context.Manager.Drain();

        Assert.True(first.Now().IsAppended);
        Assert.Equal(AppendStatus.StaleToken, late.Now().Status);
        Assert.Equal(1, state.Now().LogEndOffset);
        Assert.True(fresh.Now().IsAppended);
        Assert.Equal(1, log.LeaderEpochs.EpochOf(1));
        Assert.Equal(2, log.LogEndOffset);
        Assert.False(old.IsCurrent);
        Assert.True(next.IsCurrent);
    }

    [Fact]
    public void Truncations_and_captures_under_an_older_token_are_refused()
    {
        using var context = new LogTestContext();
        var log = context.Log;
        log.Fill(5);
        var old = log.TakeOver();
        log.TakeOver();
        Assert.Throws<StaleWriterException>(() => log.TruncateToAsync(old, 2).Now());
        Assert.Throws<StaleWriterException>(() => log.TruncateFullyAndStartAtAsync(old, 2).Now());
        Assert.Throws<StaleWriterException>(() => log.CaptureAsync(old).Now());
        Assert.Throws<StaleWriterException>(() => log.AssignEpochAsync(old, 7).Now());
        Assert.Equal(5, log.LogEndOffset);
    }

    [Fact]
    public void A_leader_that_is_wrong_about_the_end_is_refused_with_all_that_it_queued_behind()
    {
        using var context = new LogTestContext(drive: LogWriterDrive.Manual);
        var log = context.Log;
        var token = log.TakeOver();
        var good = log.AppendAsync(token, Batches.Of(0));
        var wrong = log.AppendAsync(token, Batches.Of(5));
        var behind = log.AppendAsync(token, Batches.Of(1));
        context.Manager.Drain();

        Assert.True(good.Now().IsAppended);
        Assert.Equal(AppendStatus.Refused, wrong.Now().Status);
        Assert.IsType<InvariantViolatedException>(wrong.Now().Error);
        Assert.Equal(AppendStatus.Refused, behind.Now().Status);
        Assert.True(token.IsBroken);
        Assert.Null(log.Failure);

        var next = log.TakeOver();
        var again = log.AppendAsync(next, Batches.Of(1));
        context.Manager.Drain();
        Assert.True(again.Now().IsAppended);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(75)]
    public void Bytes_that_are_no_whole_batch_are_refused(int length)
    {
        using var context = new LogTestContext();
        var result = context.Log.Append(context.Log.TakeOver(), Batches.Of(0)[..length]);
        Assert.Equal(AppendStatus.Refused, result.Status);
        Assert.Equal(0, context.Log.LogEndOffset);
    }

    [Fact]
    public void A_follower_may_leave_a_gap_but_never_go_back()
    {
        using var context = new LogTestContext();
        var log = context.Log;
        Assert.True(log.Append(log.TakeOver(), Batches.Of(10), AppendKind.Follower).IsAppended);
        Assert.Equal(AppendStatus.Refused, log.Append(log.TakeOver(), Batches.Of(5), AppendKind.Follower).Status);
        Assert.Equal(11, log.LogEndOffset);
    }

    [Fact]
    public void Tokens_taken_at_the_same_time_leave_the_newest()
    {
        using var context = new LogTestContext();
        var tokens = new WriterToken[1000];
        var log = context.Log;
        Parallel.For(0, tokens.Length, i => tokens[i] = log.TakeOver());
        Assert.Equal(tokens.Length, tokens.Select(t => t.Number).Distinct().Count());
        Assert.True(tokens.MaxBy(t => t.Number)!.IsCurrent);
    }
}
