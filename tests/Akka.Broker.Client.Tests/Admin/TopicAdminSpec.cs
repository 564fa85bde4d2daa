using Akka.Broker.Client.Admin;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Admin;

/// <summary>What the controller decides about topics, and what comes of it when brokers do not answer at once.</summary>
public sealed class TopicAdminSpec
{
    private readonly AdminTestContext _context = new();

    [Fact]
    public async Task Each_topic_has_an_answer_of_its_own()
    {
        AnswerCreate((_, name) => name == "taken" ? ErrorCode.TopicAlreadyExists : ErrorCode.None);

        var results = await _context.Client.CreateTopicsAsync([new NewTopic("fresh", 3, 1), new NewTopic("taken")]);

        Assert.False(results.IsSuccess);
        Assert.Equal(3, results["fresh"].Value.Partitions);
        Assert.Equal(ErrorCode.TopicAlreadyExists, results["taken"].Error!.ErrorCode);
        Assert.Equal("Creating topic taken failed: TopicAlreadyExists: said so", results["taken"].Error!.Message);
        var thrown = Assert.Throws<BrokerClientException>(() => results.OrThrow());
        Assert.Equal(ErrorCode.TopicAlreadyExists, thrown.ErrorCode);
    }

    [Fact]
    public async Task Settings_placement_and_the_wish_to_validate_only_reach_the_broker()
    {
        AnswerCreate((_, _) => ErrorCode.None);
        var topic = new NewTopic("placed")
        {
            Configs = new Dictionary<string, string> { ["retention.ms"] = "1000" },
            ReplicaAssignment = new Dictionary<int, IReadOnlyList<int>> { [0] = [2, 1] },
        };

        await _context.Client.CreateTopicsAsync([topic], validateOnly: true).OrThrow();

        var request = Assert.Single(_context.Asked<CreateTopicsRequest>()).Request;
        Assert.True(request.ValidateOnly);
        var sent = Assert.Single(request.Topics);
        Assert.Equal((-1, (short)-1), (sent.NumPartitions, sent.ReplicationFactor));
        Assert.Equal(("retention.ms", "1000"), (sent.Configs[0].Name, sent.Configs[0].Value));
        Assert.Equal([2, 1], sent.Assignments[0].BrokerIds);
    }

    [Fact]
    public async Task Only_what_failed_in_passing_is_asked_again_and_then_of_the_controller()
    {
        _context.Cluster.SetController(2);
        AnswerCreate((brokerId, name) => brokerId == 2 || name == "first" ? ErrorCode.None : ErrorCode.NotController);

        await _context.Client.CreateTopicsAsync([new NewTopic("first"), new NewTopic("second")]).OrThrow();

        var asked = _context.Asked<CreateTopicsRequest>();
        Assert.Equal([-1, 2], asked.Select(a => a.BrokerId));
        Assert.Equal(["second"], asked[1].Request.Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task A_broker_that_cannot_be_reached_is_no_answer()
    {
        var tries = 0;
        AnswerCreate((_, _) => ++tries < 3 ? throw new BrokerUnreachableException("gone") : ErrorCode.None);

        await _context.Client.CreateTopicsAsync([new NewTopic("orders")]).OrThrow();

        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task When_the_time_is_over_the_last_obstacle_is_told()
    {
        AnswerCreate((_, _) =>
        {
            _context.Time.Advance(TimeSpan.FromSeconds(1));
            return ErrorCode.NotController;
        });

        var results = await _context.Client.CreateTopicsAsync([new NewTopic("orders")], timeout: TimeSpan.FromSeconds(5));

        var error = results["orders"].Error!;
        Assert.Equal(ErrorCode.RequestTimedOut, error.ErrorCode);
        Assert.Contains("within 5 s", error.Message);
        Assert.Contains("NotController", error.Message);
        Assert.Equal(5, _context.Asked<CreateTopicsRequest>().Count);
    }

    [Fact]
    public async Task The_caller_can_stop_waiting()
    {
        using var stop = new CancellationTokenSource();
        AnswerCreate((_, _) =>
        {
            stop.Cancel();
            return ErrorCode.NotController;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _context.Client.CreateTopicsAsync([new NewTopic("orders")], cancellationToken: stop.Token));
    }

    [Fact]
    public async Task A_topic_that_the_answer_leaves_out_is_not_taken_for_made()
    {
        _context.Cluster.Answer<DeleteTopicsRequest, DeleteTopicsResponse>((_, request) => new()
        {
            Responses = [new DeleteTopicsResponse.DeletableTopicResult { Name = request.TopicNames[0] }],
        });

        var results = await _context.Client.DeleteTopicsAsync(["named", "forgotten"]);

        Assert.Null(results["named"]);
        Assert.Equal(ErrorCode.UnknownServerError, results["forgotten"]!.ErrorCode);
    }

    [Fact]
    public async Task Growing_names_the_total_count()
    {
        _context.Cluster.Answer<CreatePartitionsRequest, CreatePartitionsResponse>((_, request) => new()
        {
            Results = [.. request.Topics.Select(topic => new CreatePartitionsResponse.CreatePartitionsTopicResult
            {
                Name = topic.Name,
                ErrorCode = topic.Count > 4 ? ErrorCode.None : ErrorCode.InvalidPartitions,
            })],
        });

        var results = await _context.Client.CreatePartitionsAsync(
            new Dictionary<string, NewPartitions> { ["grown"] = new(6), ["shrunk"] = new(2) { Assignments = [[1]] } });

        Assert.Null(results["grown"]);
        Assert.Equal(ErrorCode.InvalidPartitions, results["shrunk"]!.ErrorCode);
        var sent = Assert.Single(_context.Asked<CreatePartitionsRequest>()).Request.Topics;
        Assert.Null(sent.Single(topic => topic.Name == "grown").Assignments);
        Assert.Equal([1], sent.Single(topic => topic.Name == "shrunk").Assignments![0].BrokerIds);
    }

    private void AnswerCreate(Func<int, string, ErrorCode> fate) =>
        _context.Cluster.Answer<CreateTopicsRequest, CreateTopicsResponse>((brokerId, request) => new()
        {
            Topics = [.. request.Topics.Select(topic => Created(topic, fate(brokerId, topic.Name)))],
        });

    private static CreateTopicsResponse.CreatableTopicResult Created(CreateTopicsRequest.CreatableTopic topic, ErrorCode error) => new()
    {
        Name = topic.Name,
        ErrorCode = error,
        ErrorMessage = error == ErrorCode.None ? null : "said so",
        NumPartitions = topic.NumPartitions,
    };
}
