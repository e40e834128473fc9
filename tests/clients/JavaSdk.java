// DolphinDB's public Java SDK, unmodified, against a running node with a data store: JavaSdk HOST PORT [ROWS].
// The SDK is not part of this repository; see README.md for how this is built. Prints as check.mjs does.
import com.xxdb.BasicDBTask;
import com.xxdb.DBConnection;
import com.xxdb.DBConnectionPool;
import com.xxdb.ExclusiveDBConnectionPool;
import com.xxdb.comm.ErrorCodeInfo;
import com.xxdb.comm.SqlStdEnum;
import com.xxdb.data.*;
import com.xxdb.data.Vector;
import com.xxdb.io.ProgressListener;
import com.xxdb.multithreadedtablewriter.MultithreadedTableWriter;
import com.xxdb.route.AutoFitTableAppender;
import com.xxdb.route.AutoFitTableUpsert;
import com.xxdb.route.PartitionedTableAppender;

import java.util.*;

public class JavaSdk {
  interface Check { void run() throws Exception; }

  static int passed = 0, failed = 0, port;
  static String host;

  static void check(String name, Check run) {
    long begin = System.nanoTime();
    try {
      run.run();
      ++passed;
      System.err.printf("ok    %s (%d ms)%n", name, (System.nanoTime() - begin) / 1000000);
    } catch (Throwable e) {
      ++failed;
      System.err.printf("FAIL  %s: %s%n", name, e);
    }
  }

  static void that(boolean holds, String what) { if (!holds) throw new RuntimeException(what); }
  static void same(Object got, Object wanted) { that(Objects.equals(got, wanted), "got " + got + ", wanted " + wanted); }
  static String text(DBConnection c, String script) throws Exception { return c.run(script).getString(); }

  static DBConnection connect(boolean compress, boolean only_scram) throws Exception {
    DBConnection c = new DBConnection(false, false, compress, false, false, SqlStdEnum.DolphinDB, only_scram);
    that(c.connect(host, port, "admin", "123456"), "connect answered false");
    return c;
  }

  static void scalars(DBConnection c) throws Exception {
    String[][] all = {{"true", "true"}, {"7h", "7"}, {"1+1", "2"}, {"42l", "42"}, {"1.5f", "1.5"}, {"2.5", "2.5"}, {"`abc", "abc"},
        {"2024.01.02", "2024.01.02"}, {"2024.01M", "2024.01M"}, {"10:11:12.123", "10:11:12.123"}, {"10:11m", "10:11m"},
        {"10:11:12", "10:11:12"}, {"2024.01.02T10:11:12", "2024.01.02T10:11:12"}, {"2024.01.02T10:11:12.123", "2024.01.02T10:11:12.123"},
        {"10:11:12.123456789", "10:11:12.123456789"}, {"2024.01.02T10:11:12.123456789", "2024.01.02T10:11:12.123456789"},
        {"datehour(2024.01.02T10:11:12)", "2024.01.02T10"}, {"uuid(\"5d212a78-cc48-e3b1-4235-b4d91473ee87\")", "5d212a78-cc48-e3b1-4235-b4d91473ee87"},
        {"ipaddr(\"192.168.1.13\")", "192.168.1.13"}, {"int128(\"e1671797c52e15f763380b45e841ec32\")", "e1671797c52e15f763380b45e841ec32"},
        {"decimal32(1.25, 2)", "1.25"}, {"decimal64(1.25, 2)", "1.25"}, {"decimal128(1.25, 2)", "1.25"}, {"complex(1, 2)", "1.0+2.0i"},
        {"point(1, 2)", "(1.0, 2.0)"}, {"duration(\"3d\")", "3d"}, {"blob(\"bytes\")", "bytes"}};
    for (String[] one : all) same(text(c, one[0]), one[1]);
    for (String type : new String[] {"bool", "char", "short", "int", "long", "date", "timestamp", "nanotime", "float", "double", "string", "uuid"})
      that(((Scalar) c.run(type + "(NULL)")).isNull(), "null of " + type);
  }

  static void forms(DBConnection c) throws Exception {
    same(c.run("1..5").rows(), 5);
    same(c.run("matrix(1 2 3, 4 5 6)").columns(), 2);
    same(c.run("set(1 2 3)").rows(), 3);
    same(((BasicDictionary) c.run("dict(`a`b, 1 2)")).get("a").getString(), "1");
    same(c.run("(1, `a, 2.5)").rows(), 3);
    BasicTable t = (BasicTable) c.run("table(1 2 as id, symbol(`a`b) as s, `x`y as t)");
    same(t.getColumn("s").getString(1), "b");
    same(c.run("array(INT[], 0).append!([1 2, 3 4 5])").rows(), 2);
    same(c.run("1:2").rows(), 2);
    BasicChart chart = (BasicChart) c.run("plot(1 2 3 as sales, `a`b`c, `Sales, BAR)");
    same(chart.getTitle(), "Sales");
    same(chart.getChartType().toString(), "CT_BAR");
    same(((BasicIntMatrix) chart.getData()).getInt(2, 0), 3);
  }

  static BasicTable sample(int rows, int from) throws Exception {
    List<Integer> id = new ArrayList<>();
    List<String> sym = new ArrayList<>();
    List<Double> price = new ArrayList<>();
    List<Long> at = new ArrayList<>();
    for (int i = from; i < from + rows; ++i) {
      id.add(i);
      sym.add(i % 2 == 0 ? "even" : "odd");
      price.add(i / 2.0);
      at.add(1700000000000L + i);
    }
    return new BasicTable(Arrays.asList("id", "sym", "price", "at"),
        Arrays.asList(new BasicIntVector(id), new BasicStringVector(sym), new BasicDoubleVector(price), new BasicTimestampVector(at)));
  }

  static void uploads(DBConnection c, int rows, boolean compress) throws Exception {
    BasicTable t = sample(rows, 0);
    if (compress)  // the methods that this SDK can choose per column: 1 LZ4, 2 delta
      t.setColumnCompressTypes(new int[] {Vector.COMPRESS_DELTA, Vector.COMPRESS_LZ4, Vector.COMPRESS_LZ4, Vector.COMPRESS_DELTA});
    c.upload(Collections.singletonMap("up", (Entity) t));
    same(text(c, "exec sum(id) from up where sym == `odd"), String.valueOf((long) (rows / 2) * (rows / 2)));
    same(text(c, "(exec max(at) from up) == timestamp(1700000000000) + " + (rows - 1)), "true");
    same(c.run("add", Arrays.asList((Entity) new BasicInt(20), new BasicInt(22))).getString(), "42");
    BasicTable back = (BasicTable) c.run("select * from up");
    same(((BasicTimestampVector) back.getColumn(3)).getLong(rows - 1), 1700000000000L + rows - 1);
  }

  static void writes() throws Exception {
    DBConnection c = connect(false, false);
    c.run("if (existsDatabase('dfs://java_sdk')) dropDatabase('dfs://java_sdk')\n"
        + "schema = table(1:0, `id`sym`price`at, [INT, SYMBOL, DOUBLE, TIMESTAMP])\n"
        + "db1 = database(, HASH, [INT, 4]); db2 = database(, VALUE, `even`odd)\n"
        + "database('dfs://java_sdk', COMPO, [db1, db2]).createPartitionedTable(schema, `t, `id`sym)");
    String count = "exec count(*) from loadTable('dfs://java_sdk', `t)";
    same(c.run("tableInsert{loadTable('dfs://java_sdk', `t)}", Arrays.asList((Entity) sample(1000, 0))).getString(), "1000");
    new AutoFitTableAppender("dfs://java_sdk", "t", c).append(sample(1000, 1000));
    DBConnectionPool pool = new ExclusiveDBConnectionPool(host, port, "admin", "123456", 3, true, false);
    same(new PartitionedTableAppender("dfs://java_sdk", "t", "id", pool).append(sample(1000, 2000)), 1000);
    pool.shutdown();
    same(text(c, count), "3000");
    for (int[] modes : new int[][] {null, {Vector.COMPRESS_DELTA, Vector.COMPRESS_LZ4, Vector.COMPRESS_LZ4, Vector.COMPRESS_DELTA}}) {
      MultithreadedTableWriter writer = new MultithreadedTableWriter(host, port, "admin", "123456", "dfs://java_sdk", "t", false, false,
          null, 500, 0.1f, 2, "id", modes);
      for (int i = 0; i < 5000; ++i) {
        ErrorCodeInfo problem = writer.insert(i, i % 2 == 0 ? "even" : "odd", i * 1.5, new Date());
        that(!problem.hasError(), problem.toString());
      }
      writer.waitForThreadCompletion();
      that(!writer.getStatus().hasError(), writer.getStatus().toString());
    }
    same(text(c, count), "13000");
    AutoFitTableUpsert upsert = new AutoFitTableUpsert("dfs://java_sdk", "t", c, false, new String[] {"id", "sym"}, new String[] {});
    c.run("delete from loadTable('dfs://java_sdk', `t)");
    same(upsert.upsert(sample(10, 0)) >= 0, true);
    upsert.upsert(sample(10, 5));
    same(text(c, count), "15");
    c.run("dropDatabase('dfs://java_sdk')");
    c.close();
  }

  public static void main(String[] args) throws Exception {
    host = args[0];
    port = Integer.parseInt(args[1]);
    int rows = args.length > 2 ? Integer.parseInt(args[2]) : 1000000;
    check("log in (SCRAM quietly, then plain)", () -> same(text(connect(false, false), "getCurrentSessionAndUser()[1]"), "admin"));
    check("log in with SCRAM only", () -> same(text(connect(false, true), "getCurrentSessionAndUser()[1]"), "admin"));
    check("log in encrypted by RSA", () -> {
      DBConnection c = new DBConnection();
      that(c.connect(host, port), "connect");
      c.login("admin", "123456", true);
      same(text(c, "getCurrentSessionAndUser()[1]"), "admin");
    });
    check("a wrong password", () -> {
      for (boolean scram : new boolean[] {false, true}) {
        String user = "";
        try {
          DBConnection c = new DBConnection(false, false, false, false, false, SqlStdEnum.DolphinDB, scram);
          if (c.connect(host, port, "admin", "wrong")) user = text(c, "getCurrentSessionAndUser()[1]");
        } catch (Exception e) {
          that(e.getMessage().contains("The user name or password is incorrect"), "message: " + e.getMessage());
        }
        that(!user.equals("admin"), "it was let in");
      }
    });
    for (boolean compress : new boolean[] {false, true}) {
      DBConnection c = connect(compress, false);
      String how = compress ? ", compressed" : "";
      check("scalars and nulls" + how, () -> scalars(c));
      check("forms" + how, () -> forms(c));
      check("uploads and functions" + how, () -> uploads(c, 100000, compress));
      check("blocks of a big table" + how, () -> {
        EntityBlockReader reader = (EntityBlockReader) c.run("table(1..20000 as a)", (ProgressListener) null, 4, 4, 8192);
        int read = 0;
        while (reader.hasNext()) read += reader.read().rows();
        same(read, 20000);
      });
      check(rows + " rows, 9 columns" + how, () -> {
        BasicTable t = (BasicTable) c.run("n = " + rows + "; table(1..n as a, long(1..n) as b, double(1..n) as c, take(2024.01.01, n) as d, "
            + "take(2024.01.01T00:00:00.000, n) as e, take(`x`y`z, n) as f, take(symbol(`x`y`z), n) as g, float(1..n) as h, short(take(1 2, n)) as i)");
        same(t.rows(), rows);
        same(((BasicIntVector) t.getColumn(0)).getInt(rows - 1), rows);
        same(((BasicLongVector) t.getColumn(1)).getLong(rows - 1), (long) rows);
        same(t.getColumn(6).getString(rows - 1), "xyz".substring((rows - 1) % 3, (rows - 1) % 3 + 1));
      });
    }
    check("an error keeps the session", () -> {
      DBConnection c = connect(false, false);
      String message = "";
      try { c.run("a = 1\nnoSuchThing + 1"); } catch (Exception e) { message = e.getMessage(); }
      that(message.contains("noSuchThing"), "message: " + message);
      same(text(c, "a + 1"), "2");
    });
    check("printed messages", () -> {
      List<String> messages = new ArrayList<>();
      connect(false, false).run("print(`one); print(`two)", m -> messages.add(m.trim()));
      same(messages, Arrays.asList("one", "two"));
    });
    check("an asynchronous connection", () -> {
      DBConnection c = new DBConnection(true);
      that(c.connect(host, port, "admin", "123456"), "connect");
      c.run("share table(1 2 3 as a) as java_sdk_async");
      DBConnection other = connect(false, false);
      for (int i = 0; i < 50 && !text(other, "`java_sdk_async in objs(true).name").equals("true"); ++i) Thread.sleep(100);
      same(text(other, "exec sum(a) from java_sdk_async"), "6");
      other.run("undef(`java_sdk_async, SHARED)");
    });
    check("high availability and load balance ask the cluster", () -> {
      DBConnection c = new DBConnection();
      that(c.connect(host, port, "admin", "123456", "x = 5", true, new String[] {host + ":" + port}), "connect");
      same(text(c, "x"), "5");
      DBConnectionPool pool = new ExclusiveDBConnectionPool(host, port, "admin", "123456", 4, true, true);
      BasicDBTask task = new BasicDBTask("1+1");
      pool.execute(task);
      same(task.getResult().getString(), "2");
      pool.shutdown();
    });
    check("appenders, upsert and MultithreadedTableWriter", JavaSdk::writes);
    System.err.printf("%d passed, %d failed%n", passed, failed);
    System.exit(failed == 0 ? 0 : 1);
  }
}
