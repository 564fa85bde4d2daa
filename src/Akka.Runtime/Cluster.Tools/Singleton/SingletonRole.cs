namespace Akka.Cluster.Tools.Singleton;

/// <summary>Which members a singleton may run on, and which of them it does run on.</summary>
internal static class SingletonRole
{
    public static string? OrNull(string? role) => string.IsNullOrEmpty(role) ? null : role;

    public static bool Fits(Member member, string? role) => role is null || member.HasRole(role);

    /// <summary>The member that came up first of those that are to have the singleton. One that is exiting still has it while there is no other.</summary>
    public static Member? Oldest(IEnumerable<Member> members, string? role)
    {
        Member? oldest = null;
        foreach (var member in members)
        {
            if (Fits(member, role)
                && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting
                && (oldest is null || IsBefore(member, oldest)))
            {
                oldest = member;
            }
        }

        return oldest;
    }

    private static bool IsBefore(Member member, Member other)
    {
        var (exits, otherExits) = (member.Status == MemberStatus.Exiting, other.Status == MemberStatus.Exiting);
        return exits == otherExits ? member.IsOlderThan(other) : otherExits;
    }
}
