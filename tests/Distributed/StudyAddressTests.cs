using Npgsql;
using Optim.Cli.Tune;
using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>Addresses of studies, in which no password is ever shown.</summary>
public class StudyAddressTests
{
    [Fact]
    public void An_address_is_read_and_its_password_not_shown()
    {
        var address = StudyAddress.Parse("postgres://me:a%40b@db.example:6000/tuning?study=digits&heartbeat=2.5&SSL%20Mode=Require")!;
        var builder = new NpgsqlConnectionStringBuilder(address.Connection);
        Assert.Equal(("me", "a@b", "db.example", 6000, "tuning", SslMode.Require), (builder.Username, builder.Password, builder.Host, builder.Port, builder.Database, builder.SslMode));
        Assert.Equal(("digits", 2.5), (address.Study, address.Heartbeat.TotalSeconds));
        Assert.Equal("postgres://me@db.example:6000/tuning?study=digits&heartbeat=2.5&SSL%20Mode=Require", address.Shown);
        Assert.Equal(address.Shown, address.ToString());
        Assert.Null(StudyAddress.Parse(null));
        Assert.Null(StudyAddress.Parse("study.db"));
        Assert.Null(StudyAddress.Parse("folder of studies/host.db"));
        Assert.Null(StudyAddress.Parse("C:\\studies@home\\host.db"));
        Assert.Null(StudyAddress.Parse("/tmp/a:b/me@home/study.db"));
    }

    [Theory]
    [InlineData("postgres://me:s3cret@db/x", "postgres://me@db/x")]
    [InlineData("postgresql://me:s3cret@db:99/x?study=a", "postgresql://me@db:99/x?study=a")]
    [InlineData("POSTGRES://me:s3cret@db/x", "postgres://me@db/x")]
    [InlineData("PostgreSQL://me:s3cret@db/x", "postgresql://me@db/x")]
    [InlineData("postgres://db/x?Password=s3cret", "postgres://db/x?Password=***")]
    [InlineData("postgres://me@db/x?password=s3cret&study=a", "postgres://me@db/x?password=***&study=a")]
    [InlineData("postgres://me:s3cret@db/x?PASSWORD=s3cret", "postgres://me@db/x?PASSWORD=***")]
    [InlineData("postgres://db/x?%50assword=s3cret", "postgres://db/x?Password=***")]
    [InlineData("postgres://db/x?pwd=s3cret", "postgres://db/x?pwd=***")]
    [InlineData("postgres://db/x?SSL%20Password=s3cret", "postgres://db/x?SSL%20Password=***")]
    public void What_is_shown_has_no_password(string text, string shown) => Assert.Equal(shown, StudyAddress.Parse(text)!.Shown);

    [Theory]
    [InlineData("postgres://me:s3cret@db.example")]
    [InlineData("postgres://me:s3/cret@db.example/x")]
    [InlineData("postgres://me:12/s3cret@db.example/x")]
    [InlineData("postgres://me:s3#cret@db.example/x")]
    [InlineData("postgres://me:s3?cret@db.example/x")]
    [InlineData("postgres://me:12#s3cret@db.example/x")]
    [InlineData("postgres://me:s3@cret@db.example")]
    [InlineData("postgres://db.example?password=s3cret")]
    [InlineData("postgres://db.example/x?password=12&s3cret")]
    [InlineData("postgres://db.example/x?heartbeat=-1&password=s3cret")]
    [InlineData("postgres://me:s3cret@db.example/x?no=1")]
    [InlineData("postgres://me:s3cret@db.example/x?Port=many")]
    [InlineData("postgres://me:s3cret@db.example/x?SSL%20Mode=s3")]
    [InlineData("postgres://me:s3cret/db")]
    [InlineData("POSTGRES://me:s3cret/db")]
    [InlineData("POSTGRESQL://me:s3/cret@db/x")]
    [InlineData("jdbc:postgresql://db.example/x?user=me&password=s3cret")]
    [InlineData("jdbc:postgresql:x?password=s3cret")]
    [InlineData("mysql://me:s3cret@db.example/x")]
    [InlineData("https://me:s3cret@db.example/x")]
    [InlineData("me:s3cret@db.example/x")]
    [InlineData("postgres://db.example/x?password=a&s3cret=1")]
    [InlineData("postgres://db.example/x?password=a&Port=s3cret")]
    [InlineData("postgres://db.example/x?password=a&heartbeat=s3cret")]
    [InlineData("Host=db;Username=me;Password=s3cret")]
    [InlineData("host=db user=me password=s3cret")]
    [InlineData("Server=db;PWD='s3;cret'")]
    [InlineData("password = \"s3;cret\";Host=db")]
    public void No_error_shows_a_password(string text)
    {
        string message = Assert.Throws<FormatException>(() => StudyAddress.Parse(text)).Message;
        Assert.Contains("--study", message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", message, StringComparison.Ordinal);
        Assert.DoesNotContain("12", message, StringComparison.Ordinal);
    }
}
