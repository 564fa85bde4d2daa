namespace Akka.Broker.MultiNode.Checking;

/// <summary>The checker finds what is planted, and nothing in a history that is whole.</summary>
public sealed class HistoryCheckerSpec
{
    private const int Reader = 1;
    private const int FinalReader = 2;

    [Fact]
    public void Whole_history_is_clean()
    {
        var verdict = HistoryChecker.Check(Whole());
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.Equal((6, 6, 12), (verdict.Sent, verdict.Acked, verdict.Polled));
    }

    [Fact]
    public void Acknowledged_record_that_the_last_reader_did_not_find_is_lost()
    {
        var history = Without(Whole(), e => e is Polled { Offset: 1, Partition: 0 });
        Assert.Equal(("lost writes", 1), Only(history, v => v.Lost, v => v.Skipped));
    }

    [Fact]
    public void Record_that_was_seen_once_and_never_acknowledged_is_lost_when_it_is_gone()
    {
        var history = Without(Whole(), e => e is Acked { Offset: 2, Partition: 0 } || e is Polled { Reader: FinalReader, Partition: 0, Offset: 2 });
        Assert.Equal(("lost writes", 1), Only(history, v => v.Lost));
    }

    [Fact]
    public void Last_record_that_nobody_reads_as_far_as_is_unseen()
    {
        var history = Without(Whole(), e => e is Polled { Offset: 2, Partition: 0 } || e is ReachedEnd { Partition: 0 });
        history.Add(new ReachedEnd(100, FinalReader, 0, 2));
        Assert.Equal(("unseen at the end", 1), Only(history, v => v.Unseen));
    }

    [Fact]
    public void Partition_that_nobody_read_to_the_end_is_unseen_as_a_whole()
    {
        var history = Without(Whole(), e => e is ReachedEnd { Partition: 1 });
        Assert.Equal(("unseen at the end", 3), Only(history, v => v.Unseen));
    }

    [Fact]
    public void Offset_that_holds_another_record_later_has_two_values()
    {
        var history = Without(Whole(), e => e is Polled { Reader: FinalReader, Partition: 0, Offset: 1 });
        history.Insert(history.FindIndex(e => e is Polled { Reader: FinalReader, Partition: 0, Offset: 2 }), new Polled(50, FinalReader, 0, 1, new RecordId(9, 7)));
        history.Insert(0, new Sent(0, new RecordId(9, 7), 0));
        var verdict = HistoryChecker.Check(history);
        Assert.Equal(1, verdict.TwoValues.Count);
        Assert.Contains("9:7", verdict.TwoValues.Examples[0]);
        Assert.Equal(1, verdict.Lost.Count(Id(0, 1)));
    }

    [Fact]
    public void Record_acknowledged_at_another_offset_than_it_is_found_at_is_told()
    {
        var history = Without(Whole(), e => e is Acked { Partition: 0, Offset: 1 });
        history.Add(new Acked(60, Id(0, 1), 0, 7));
        history.RemoveAll(e => e is ReachedEnd { Partition: 0 });
        history.Add(new ReachedEnd(100, FinalReader, 0, 9));
        var verdict = HistoryChecker.Check(history);
        Assert.Equal((1, 1), (verdict.Lost.Count, verdict.Duplicates.Count));
    }

    [Fact]
    public void Record_acknowledged_at_an_unknown_offset_must_be_somewhere()
    {
        List<HistoryEvent> history = [.. Whole().Select(e => e is Acked { Partition: 0, Offset: 1 } a ? a with { Offset = -1 } : e)];
        Assert.True(HistoryChecker.Check(history).IsClean);
        Assert.Equal(("lost writes", 1), Only(Without(history, e => e is Polled { Partition: 0, Offset: 1 }), v => v.Lost));
    }

    [Fact]
    public void Idempotent_record_at_two_offsets_is_a_duplicate()
    {
        var history = Whole();
        history.AddRange([new Polled(50, Reader, 0, 3, Id(0, 1)), new Polled(51, FinalReader, 0, 3, Id(0, 1))]);
        history.RemoveAll(e => e is ReachedEnd { Partition: 0 });
        history.Add(new ReachedEnd(100, FinalReader, 0, 4));
        Assert.Equal(("duplicates", 1), Only(history, v => v.Duplicates));
    }

    [Fact]
    public void Writer_without_idempotence_may_send_twice()
    {
        var history = Whole(idempotent: false);
        history.AddRange([new Polled(50, Reader, 0, 3, Id(0, 1)), new Polled(51, FinalReader, 0, 3, Id(0, 1))]);
        history.RemoveAll(e => e is ReachedEnd { Partition: 0 });
        history.Add(new ReachedEnd(100, FinalReader, 0, 4));
        Assert.True(HistoryChecker.Check(history).IsClean);
    }

    [Fact]
    public void Idempotent_records_out_of_their_order_are_told()
    {
        var history = Whole();
        // Records 0 and 1 of partition 0 have changed places, for all who look.
        history = [.. history.Select(e => e switch
        {
            Acked { Partition: 0, Offset: < 2 } a => a with { Offset = 1 - a.Offset },
            Polled { Partition: 0, Offset: < 2 } p => p with { Id = Id(0, 1 - p.Offset) },
            _ => e,
        })];
        Assert.Equal(("reordered", 1), Only(history, v => v.Reordered));
    }

    [Fact]
    public void Reader_that_leaves_out_a_record_has_skipped_it()
    {
        var history = Without(Whole(), e => e is Polled { Reader: Reader, Partition: 1, Offset: 1 });
        Assert.Equal(("skipped polls", 1), Only(history, v => v.Skipped));
    }

    [Fact]
    public void Gap_between_offsets_where_nobody_knows_a_record_is_none()
    {
        var history = Whole();
        history.RemoveAll(e => e is ReachedEnd { Partition: 0 });
        history.InsertRange(0, [new WriterStarted(0, 0, true, true), new Sent(0, Id(0, 5), 0)]);
        history.AddRange([new Acked(60, Id(0, 5), 0, 9), new Polled(61, Reader, 0, 9, Id(0, 5)), new Polled(61, FinalReader, 0, 9, Id(0, 5)), new ReachedEnd(100, FinalReader, 0, 10)]);
        Assert.True(HistoryChecker.Check(history).IsClean);
    }

    [Fact]
    public void Reader_that_is_handed_an_earlier_offset_is_not_monotonic()
    {
        var history = Whole();
        history.Add(new Polled(70, Reader, 1, 0, Id(1, 0)));
        Assert.Equal(("non-monotonic polls", 1), Only(history, v => v.NonMonotonic));
        history.Insert(history.Count - 1, new ReadFrom(69, Reader, 1, 0));
        Assert.True(HistoryChecker.Check(history).IsClean);
    }

    [Fact]
    public void Record_that_nobody_sent_is_told()
    {
        var history = Without(Whole(), e => e is Sent { Partition: 1 } s && s.Id == Id(1, 2));
        Assert.Equal(("records nobody sent", 2), Only(history, v => v.Invented));
    }

    [Fact]
    public void Unpromised_acknowledgement_may_be_taken_back_and_its_offset_used_again()
    {
        List<HistoryEvent> history =
        [
            new WriterStarted(0, 5, IsPromised: false, IsIdempotent: false), new Sent(1, new RecordId(5, 0), 0), new Acked(2, new RecordId(5, 0), 0, 0),
            new WriterStarted(0, 6, IsPromised: true, IsIdempotent: true), new Sent(3, new RecordId(6, 0), 0), new Acked(4, new RecordId(6, 0), 0, 0),
            new Polled(5, FinalReader, 0, 0, new RecordId(6, 0)), new ReachedEnd(6, FinalReader, 0, 1),
        ];
        Assert.True(HistoryChecker.Check(history).IsClean);
        history.Add(new Polled(3, Reader, 0, 0, new RecordId(5, 0)));
        Assert.Equal(1, HistoryChecker.Check(history).TwoValues.Count);
    }

    [Fact]
    public void Member_that_begins_before_what_was_committed_is_told()
    {
        var history = Whole();
        history.AddRange([new Rebalanced(70, 8, "0"), new ReadFrom(71, 8, 0, 0), new Committed(72, 8, 0, 3), new Rebalanced(80, 9, "0"), new ReadFrom(81, 9, 0, 3)]);
        Assert.True(HistoryChecker.Check(history).IsClean);
        history.AddRange([new Rebalanced(90, 8, "0"), new ReadFrom(91, 8, 0, 2)]);
        Assert.Equal(("commits lost", 1), Only(history, v => v.CommitsLost));
    }

    [Fact]
    public void Random_histories_with_one_record_taken_away_are_never_clean()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var history = Whole(records: 1 + random.Next(20));
            var found = history.OfType<Polled>().Where(p => p.Reader == FinalReader).ToList();
            history.Remove(found[random.Next(found.Count)]);
            Assert.False(HistoryChecker.Check(history).IsClean, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("W 5 1 1 0")]
    [InlineData("S 5 1 2 3")]
    [InlineData("A 5 1 2 3 4")]
    [InlineData("G 5 1 2 3 _MSG_TIMED_OUT")]
    [InlineData("F 5 1 2 -1")]
    [InlineData("P 5 1 2 3 4 5")]
    [InlineData("E 5 1 2 3")]
    [InlineData("C 5 1 2 3")]
    [InlineData("R 5 1 0,1,2")]
    public void Lines_of_clients_are_understood(string line) => Assert.Equal(5, HistoryFile.Parse(line)!.AtNs);

    [Fact]
    public void Half_a_line_at_the_end_is_left_out_and_any_other_is_refused()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "S 5 1 2 3\nA 6 1 2");
            Assert.Single(HistoryFile.Read([path]));
            File.WriteAllText(path, "S 5 1 2 3\nX 6\n");
            Assert.Throws<InvalidDataException>(() => HistoryFile.Read([path]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static RecordId Id(int writer, long number) => new(writer, number);

    /// <summary>Two writers, one a partition; one reader beside them and one at the end.</summary>
    private static List<HistoryEvent> Whole(bool idempotent = true, int records = 3)
    {
        var history = new List<HistoryEvent>();
        for (var partition = 0; partition < 2; partition++)
        {
            history.Add(new WriterStarted(0, partition, true, idempotent));
            for (var i = 0; i < records; i++)
            {
                history.Add(new Sent((10 * i) + 1, Id(partition, i), partition));
                history.Add(new Acked((10 * i) + 2, Id(partition, i), partition, i));
                history.Add(new Polled((10 * i) + 3, Reader, partition, i, Id(partition, i)));
                history.Add(new Polled((10 * i) + 4, FinalReader, partition, i, Id(partition, i)));
            }
            history.Add(new ReachedEnd(100, FinalReader, partition, records));
        }
        return history;
    }

    private static List<HistoryEvent> Without(List<HistoryEvent> history, Func<HistoryEvent, bool> planted) => [.. history.Where(e => !planted(e))];

    /// <summary>Name and count of the first finding that is wanted; nothing but those wanted may have been found.</summary>
    private static (string Name, int Count) Only(List<HistoryEvent> history, params Func<Verdict, Finding>[] wanted)
    {
        var verdict = HistoryChecker.Check(history);
        var names = wanted.Select(w => w(verdict).Name).ToList();
        Assert.True(verdict.All.All(f => f.Count == 0 || names.Contains(f.Name)), verdict.ToString());
        return (wanted[0](verdict).Name, wanted[0](verdict).Count);
    }
}

internal static class FindingCount
{
    /// <summary>Examples that name the record.</summary>
    public static int Count(this Finding finding, RecordId id) => finding.Examples.Count(e => e.StartsWith($"{id},", StringComparison.Ordinal));
}
