using Akka.Broker.Client.Producing;

namespace Akka.Broker.Client.Tests.Producer;

public sealed class BatchSizeLimitSpec
{
    private readonly BatchSizeLimit _limit = new();

    [Fact]
    public void A_refused_batch_halves_it_and_those_that_were_as_large_on_their_way_do_not_again()
    {
        _limit.OnRefused(1000);
        _limit.OnRefused(1000);

        Assert.Equal(500, _limit.Max);
    }

    [Fact]
    public void Batches_that_come_near_it_and_are_stored_let_it_grow_back_until_nothing_is_felt_of_it()
    {
        _limit.OnRefused(1000);

        Store(BatchSizeLimit.PatienceMin - 1, 400);
        Assert.Equal(500, _limit.Max);
        Store(1, 400);
        Assert.Equal(1000, _limit.Max);
        Store(BatchSizeLimit.PatienceMin, 900);
        Assert.Equal(2000, _limit.Max);
    }

    [Fact]
    public void Small_batches_say_nothing_about_it()
    {
        _limit.OnRefused(1000);

        Store(10_000, 250);

        Assert.Equal(500, _limit.Max);
    }

    [Fact]
    public void Where_the_topic_goes_on_to_refuse_it_is_tried_less_and_less_often()
    {
        var refused = 0;
        for (var sent = 0; sent < 1_000_000; sent++)
        {
            var size = Math.Min(1000, _limit.Max);
            if (size <= 700)
            {
                _limit.OnStored(size);
                continue;
            }
            refused++;
            _limit.OnRefused(size);
        }

        Assert.InRange(refused, 10, 1_000_000 / BatchSizeLimit.PatienceMax + 10);
        Assert.Equal(500, Math.Min(500, _limit.Max));
    }

    [Fact]
    public void An_attempt_that_works_makes_it_as_eager_as_at_the_beginning()
    {
        _limit.OnRefused(1000);
        Store(BatchSizeLimit.PatienceMin, 500);
        _limit.OnRefused(1000);
        Store(2 * BatchSizeLimit.PatienceMin, 500);
        Assert.Equal(1000, _limit.Max);

        Store(BatchSizeLimit.PatienceMin, 1000);

        Assert.Equal(2000, _limit.Max);
    }

    private void Store(int count, int size)
    {
        for (var i = 0; i < count; i++)
            _limit.OnStored(size);
    }
}
