using Akka.Broker.Settings;

namespace Akka.Broker.Tests.Settings;

public sealed class BrokerConfigurationSpec : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("akka-broker-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void Override_wins_over_file_and_file_over_reference()
    {
        var file = Write("my.conf", "akka.broker { node-id = 7, rack = r1 }\nakka.remote.dot-netty.tcp.port = 5000");

        var settings = BrokerConfiguration.Load(file, ["akka.broker.rack=r2", "akka.broker.kafka.port=0", "akka.broker.rack=r3"]);

        Assert.Equal((7, "r3", 0), (settings.NodeId, settings.Rack, settings.Kafka.Listeners[0].Port));
        Assert.Equal(5000, settings.Hocon.GetInt("akka.remote.dot-netty.tcp.port"));
        Assert.Equal("cluster", settings.Hocon.GetString("akka.actor.provider"));
    }

    [Fact]
    public void File_includes_its_neighbour()
    {
        Write("common.conf", "akka.broker.rack = shared");
        var file = Write("my.conf", "include \"common.conf\"\nakka.broker.node-id = 4");

        var settings = BrokerConfiguration.Load(file, []);

        Assert.Equal((4, "shared"), (settings.NodeId, settings.Rack));
    }

    [Fact]
    public void Number_at_the_end_of_a_path_is_an_element_of_the_list()
    {
        var settings = BrokerConfiguration.Load(null, ["akka.broker.data-dirs.0=/tmp/a b", "akka.broker.data-dirs.1=/tmp/c", "akka.cluster.seed-nodes.0=akka.tcp://broker@localhost:4053"]);

        Assert.Equal(["/tmp/a b", "/tmp/c"], settings.DataDirs);
        Assert.Equal(["akka.tcp://broker@localhost:4053"], settings.Hocon.GetStringList("akka.cluster.seed-nodes"));
    }

    [Theory]
    [InlineData("akka.broker.data-dirs=[\"x\",\"y\"]")]
    [InlineData("akka.broker.data-dirs=x,y")]
    [InlineData("\"akka\".broker.\"data-dirs\" = x, y")]
    public void List_can_be_given_whole(string setting)
    {
        Assert.Equal(["x", "y"], BrokerConfiguration.Load(null, [setting]).DataDirs);
    }

    [Theory]
    [InlineData("akka.broker.kafka.port", "--set is 'akka.broker.kafka.port'; allowed: PATH=VALUE")]
    [InlineData("=5", "--set is '=5'; allowed: PATH=VALUE")]
    [InlineData("akka..broker=5", "--set is 'akka..broker=5'; its path has an empty part")]
    [InlineData("akka.broker.data-dirs.7=x", "--set is 'akka.broker.data-dirs.7=x', but the list has 1 elements")]
    [InlineData("akka.broker.rack=[1", "--set akka.broker.rack=[1 is not HOCON")]
    public void Override_that_cannot_be_read_is_refused(string setting, string told)
    {
        var refused = Assert.Throws<InvalidSettingsException>(() => BrokerConfiguration.Load(null, [setting]));

        Assert.StartsWith(told, Assert.Single(refused.Mistakes));
    }

    [Fact]
    public void File_that_is_missing_or_no_hocon_is_refused_by_name()
    {
        var missing = Path.Combine(_folder.FullName, "none.conf");
        var broken = Write("broken.conf", "akka { broker {");

        Assert.Contains(missing, Assert.Throws<InvalidSettingsException>(() => BrokerConfiguration.Load(missing, [])).Message);
        Assert.StartsWith($"{broken} is not HOCON", Assert.Throws<InvalidSettingsException>(() => BrokerConfiguration.Load(broken, [])).Message);
    }

    [Theory]
    [InlineData("single-node.conf")]
    [InlineData("node.conf")]
    [InlineData("broker.conf")]
    public void Shipped_files_are_accepted(string name)
    {
        Assert.NotNull(BrokerConfiguration.Load(Path.Combine(Repository(), "hocon", name), []));
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Akka.Broker.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
