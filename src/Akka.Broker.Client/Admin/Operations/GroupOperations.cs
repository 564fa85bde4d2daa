using Akka.Broker.Client.Admin.Calls;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Operations;

/// <summary>Groups, as their coordinators know them.</summary>
internal static class GroupOperations
{
    private static readonly CoordinatorLocator<string> Coordinators = new(group => group);

    /// <summary>Every broker lists the groups that it coordinates.</summary>
    public static async Task<ConsumerGroupListings> ListAsync(AdminCall call, IReadOnlyCollection<string>? states)
    {
        var view = await SingleCall.RunAsync(call, call.RefreshAsync).ConfigureAwait(false);
        var results = await KeyedCall.RunAsync<int, List<ConsumerGroupListing>>(call, "Listing groups of broker", view.Brokers.Keys, BrokerLocator.Instance, async (brokerId, keys, answers) =>
        {
            var request = new ListGroupsRequest { StatesFilter = [.. states ?? []] };
            var response = await call.AskAsync<ListGroupsResponse>(brokerId, request).ConfigureAwait(false);
            answers.Take(brokerId, response.ErrorCode, null, () =>
                [.. response.Groups.Select(group => new ConsumerGroupListing(group.GroupId, group.ProtocolType, group.GroupState, brokerId))]);
        }).ConfigureAwait(false);

        // A group that moved between two brokers' answers is listed by both; the later answer is not known, either is right.
        var groups = results.Values.Where(result => result.IsSuccess).SelectMany(result => result.Value).DistinctBy(group => group.GroupId);
        var errors = results.Where(result => !result.Value.IsSuccess).ToDictionary(result => result.Key, result => result.Value.Error!);
        return new ConsumerGroupListings([.. groups.OrderBy(group => group.GroupId, StringComparer.Ordinal)], errors);
    }

    public static Task<AdminResults<string, ConsumerGroupDescription>> DescribeAsync(AdminCall call, IEnumerable<string> groups) =>
        KeyedCall.RunAsync<string, ConsumerGroupDescription>(call, "Describing group", groups, Coordinators, async (brokerId, asked, answers) =>
        {
            var response = await call.AskAsync<DescribeGroupsResponse>(
                brokerId, new DescribeGroupsRequest { Groups = [.. asked] }).ConfigureAwait(false);
            foreach (var group in response.Groups)
            {
                // Before version 6 a group that does not exist is a dead one.
                if (group.ErrorCode == ErrorCode.None && group.GroupState == "Dead")
                    answers.Fail(group.GroupId, ErrorCode.GroupIdNotFound, "there is no such group.");
                else
                    answers.Take(group.GroupId, group.ErrorCode, group.ErrorMessage, () => MemberReading.Describe(group, brokerId));
            }
        });

    public static Task<AdminResults<string>> DeleteAsync(AdminCall call, IEnumerable<string> groups) =>
        KeyedCall.RunAsync(call, "Deleting group", groups, Coordinators, async (brokerId, asked, answers) =>
        {
            var response = await call.AskAsync<DeleteGroupsResponse>(
                brokerId, new DeleteGroupsRequest { GroupsNames = [.. asked] }).ConfigureAwait(false);
            foreach (var group in response.Results)
                answers.Take(group.GroupId, group.ErrorCode, null, () => true);
        });
}
