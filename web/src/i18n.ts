// English texts are the keys; this is their Chinese. A text without a row stays English.
import { createContext, useContext } from 'react'

const chinese: Record<string, string> = {
  'Log in': '登录', 'Log out': '退出登录', 'User': '用户', 'Password': '密码', 'Change password': '修改密码',
  'Old password': '旧密码', 'New password': '新密码', 'Repeat new password': '重复新密码', 'The passwords differ': '两次输入的密码不一致',
  'Password changed': '密码已修改',
  'The initial password of admin is still in use. Anyone who reads the tutorial knows it.': 'admin 仍在使用初始密码，阅读过教程的人都知道它。',
  'Initially admin / 123456': '初始为 admin / 123456', 'Overview': '集群总览', 'Interactive': '交互编程', 'Nodes config': '节点配置',
  'Controller config': '控制节点配置', 'Cluster nodes': '集群节点', 'File system': '文件系统', 'Jobs': '作业', 'Logs': '日志',
  'Cards': '卡片', 'Table': '表格', 'Start': '启动', 'Stop': '停止', 'selected': '已选', 'Online': '在线', 'Offline': '离线', 'Starting': '启动中',
  'Stopping': '停止中', 'Name': '名称', 'Role': '角色', 'State': '状态', 'Address': '地址', 'Memory': '内存', 'CPU': 'CPU', 'Connections': '连接数',
  'Running jobs': '运行作业', 'Queued jobs': '排队作业', 'Disk': '磁盘', 'Version': '版本', 'Uptime': '运行时间', 'Note': '备注', 'Server': '服务器',
  'Stop the selected nodes?': '停止所选节点？', 'Their running jobs end with an error.': '正在运行的作业将出错结束。',
  'controller': '控制节点', 'agent': '代理节点', 'datanode': '数据节点', 'computenode': '计算节点', 'single': '单节点', 'Nodes': '节点', 'online': '在线',
  'Run all': '运行全部', 'Run selection': '运行选中', 'Interrupt': '中断', 'Result': '结果', 'Output': '输出', 'Plot': '绘图', 'Databases': '数据库',
  'Local variables': '本地变量', 'Columns': '列', 'Partitions': '分区', 'No databases yet': '暂无数据库', 'No variables yet': '暂无变量', 'Clear': '清空',
  'rows': '行', 'Export CSV': '导出 CSV', 'Chart': '图表', 'X': 'X 轴', 'Y': 'Y 轴', 'Line': '折线图', 'Bar': '柱状图', 'Scatter': '散点图',
  'Candlestick': 'K 线图', 'Open': '开盘', 'High': '最高', 'Low': '最低', 'Close': '收盘', 'the first': '前', 'Nothing to plot: run a select first': '没有可绘制的数据：请先运行查询',
  'Refresh': '刷新', 'Run a script to see its result here': '运行脚本后在此查看结果', 'Add': '添加', 'Save': '保存', 'Delete': '删除', 'Key': '参数', 'Value': '值', 'Scope': '作用范围',
  'Default': '默认值', 'Meaning': '说明', 'Effective on': '影响节点', 'Saved. Restart the nodes concerned to apply it.': '已保存，重启相关节点后生效。',
  'Saved': '已保存', 'unknown parameter': '未知参数', 'empty value': '值为空', 'not a number': '不是数字', 'must be one of': '必须是其中之一', 'between': '介于', 'and': '和', 'at least': '至少',
  'defined twice': '重复定义', 'no node matches': '没有匹配的节点', 'all nodes': '所有节点', 'Host': '主机', 'Port': '端口', 'Alias': '别名', 'Mode': '模式', 'Comments': '注释',
  'Chunk': '数据块', 'Path': '路径', 'Replicas': '副本', 'Size': '大小', 'chunks': '个数据块', 'Filter': '过滤', 'Running': '运行中', 'Recent': '最近', 'Cancel': '取消', 'Cancel this job?': '取消该作业？',
  'Description': '描述', 'Received': '接收时间', 'Started': '开始时间', 'Ended': '结束时间', 'Error': '错误', 'Priority': '优先级', 'Node': '节点', 'Follow': '跟随', 'Older': '更早', 'Newer': '更新',
  'Newest': '最新', 'Level': '级别', 'all': '全部', 'Light': '浅色', 'Dark': '深色', 'The connection is lost.': '连接已断开。', 'Reconnect': '重新连接', 'Session': '会话', 'Remote': '来源',
  'failed': '失败', 'done': '完成', 'running': '运行中', 'queued': '排队', 'Type': '类型', 'Form': '形式', 'Log': '日志', 'Only an administrator sees this screen': '只有管理员可以查看此页面',
  'no effect yet': '暂不生效', 'at once': '立即生效', 'needs a restart': '需要重启', 'Picture': '拓扑图', 'Id': '编号',
  'Recovery and transactions': '恢复与事务', 'Transactions': '事务', 'Recovery': '恢复任务', 'Unresolved': '未决事务', 'Duration (ms)': '耗时（毫秒）',
  'From': '源节点', 'To': '目标节点', 'Attempts': '尝试次数', 'Moves': '移动', 'Incremental': '增量', 'Begun at': '发起节点', 'First asked': '首次询问',
  'Last asked': '最近询问', 'No transactions yet': '暂无事务', 'No copies yet': '暂无恢复任务', 'Nothing is in doubt': '没有未决事务',
  'open transactions': '个进行中的事务', 'copies under way': '个进行中的恢复任务', 'Times are UTC': '时间为 UTC',
}

export type Language = 'en' | 'zh'
export const LanguageContext = createContext<Language>('en')

export function use_text() {
  const language = useContext(LanguageContext)
  return (text: string) => language === 'zh' ? chinese[text] ?? text : text
}
